import { parseJson, stringifyJson, type JsonObject, type JsonValue } from "@freshet/schemas/lossless-json";
import type { PineconeRecord, RecordMetadata } from "@pinecone-database/pinecone";
import { z } from "zod";
import type { CollectionSpec, FieldType } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import type { PayloadUpdate, Point, PointMetadata, StoredPoint } from "../vector-store.js";

/** Of one record: https://docs.pinecone.io/reference/api/database-limits/operation-limits */
const MAX_METADATA_BYTES = 40 * 1024;

/** What Freshet's own filters ask for; the text and the payload aren't indexed. */
const OWN_FILTERABLE = ["table", "partition", "epoch", "lsn", "seq", "present", "absent"];

const own = z.object({
  index: z.string(),
  table: z.string(),
  key: z.string(),
  chunk: z.int(),
  chunks: z.int(),
  epoch: z.int(),
  lsn: z.int(),
  seq: z.int(),
  partition: z.int(),
  /** Empty when there is none. */
  rowHash: z.string(),
  textHash: z.string(),
  committedAt: z.number(),
  indexedAt: z.number(),
});
const content = z.object({ text: z.string(), payload: z.string() });

/** The metadata's name of a column. */
export function columnKey(column: string): string {
  return `column_${column}`;
}

/** Laid down with the index. */
export function filterableKeys({ features }: CollectionSpec): string[] {
  return [...OWN_FILTERABLE, ...Object.keys(features.fields).map(columnKey)];
}

/** @throws {InputRefusedError} for what Pinecone can't hold. */
export function toRecord(point: Point, fields: Readonly<Record<string, FieldType>>): PineconeRecord & { id: string } {
  return { id: point.id, values: Array.from(point.vector), metadata: toRecordMetadata(point, fields) };
}

/**
 * All keys are always there: an update replaces those that it has, and can't remove one. So a column without a value
 * has some value too, and `absent` says that it is none.
 *
 * @throws {InputRefusedError} for more than Pinecone takes, and for an LSN that a double doesn't hold.
 */
export function toRecordMetadata(
  { id, text, payload, metadata }: PayloadUpdate,
  fields: Readonly<Record<string, FieldType>>,
): RecordMetadata {
  const { position, rowHash, ...rest } = metadata;
  const lsn = Number(position.commitLsn);
  if (!Number.isSafeInteger(lsn)) {
    throw new InputRefusedError(`The LSN ${position.commitLsn} is beyond 2^53.`, { ids: [id] });
  }
  const columns = Object.entries(fields).map(([name, type]) => ({ name, type, value: valueOf(payload[name], type) }));
  const names = (wanted: boolean) =>
    columns.filter(({ value }) => (value !== undefined) === wanted).map(({ name }) => name);
  const ours = {
    ...rest,
    epoch: position.epoch,
    lsn,
    seq: position.seq,
    rowHash: rowHash ?? "",
  } satisfies z.input<typeof own>;
  const made: RecordMetadata = {
    ...ours,
    text,
    payload: stringifyJson(payload),
    // Never empty; no column of a table has an empty name.
    present: ["", ...names(true)],
    absent: ["", ...names(false)],
    ...Object.fromEntries(columns.map(({ name, type, value }) => [columnKey(name), value ?? NO_VALUE[type]])),
  };
  const bytes = Buffer.byteLength(JSON.stringify(made));
  if (bytes <= MAX_METADATA_BYTES) return made;
  throw new InputRefusedError(
    `The text and the columns of point ${id} are ${bytes} bytes, and Pinecone takes ${MAX_METADATA_BYTES}.`,
    { ids: [id] },
  );
}

const NO_VALUE = { keyword: "", integer: 0, float: 0, boolean: false } as const satisfies Record<
  FieldType,
  RecordMetadata[string]
>;

/** Of lists Pinecone has those of texts; what doesn't fit its column's type counts as null. */
function valueOf(value: JsonValue | undefined, type: FieldType): RecordMetadata[string] | undefined {
  switch (type) {
    case "keyword":
      if (typeof value === "string") return value;
      return Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string")
        ? value
        : undefined;
    case "integer":
    case "float":
      return typeof value === "number" ? value : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    default:
      return type satisfies never;
  }
}

export function toStoredPoint({ id, metadata }: PineconeRecord): StoredPoint {
  return { id, metadata: toMetadata(metadata) };
}

export function toContent({ id, metadata }: PineconeRecord): PayloadUpdate {
  const { text, payload } = content.parse(metadata);
  return { id, text, payload: parseJson(payload) as JsonObject, metadata: toMetadata(metadata) };
}

export function toPoint(record: PineconeRecord): Point {
  return { ...toContent(record), vector: Float32Array.from(record.values ?? []) };
}

function toMetadata(metadata: unknown): PointMetadata {
  const { epoch, lsn, seq, rowHash, ...rest } = own.parse(metadata);
  return {
    ...rest,
    rowHash: rowHash === "" ? null : rowHash,
    position: { epoch, commitLsn: BigInt(lsn), seq },
  };
}
