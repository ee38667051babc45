import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { RowData } from "@zilliz/milvus2-sdk-node";
import { z } from "zod";
import { InputRefusedError } from "../errors.js";
import { withoutBigints } from "../payload-integers.js";
import type { PayloadUpdate, Point, PointMetadata } from "../vector-store.js";
import { refuseContent } from "./refused-content.js";
import type { Words } from "./words.js";

/** The client gives integers of 64 bits as text. */
const integer = z.coerce.number().pipe(z.int());

const metadataRow = z.object({
  id: z.string(),
  index_name: z.string(),
  source_table: z.string(),
  row_key: z.string(),
  chunk: integer,
  chunks: integer,
  epoch: integer,
  lsn: z.string(),
  seq: integer,
  source_partition: integer,
  row_hash: z.string(),
  text_hash: z.string(),
  committed_at: z.number(),
  indexed_at: z.number(),
});
const contentRow = z.object({ text: z.string(), payload: z.custom<JsonObject>() });
const vectorRow = z.object({ vector: z.array(z.number()) });
const idRow = metadataRow.pick({ id: true });

export const ID_FIELDS: string[] = ["id"];
export const METADATA_FIELDS = Object.keys(metadataRow.shape);
export const CONTENT_FIELDS = [...METADATA_FIELDS, "text", "payload"];
export const POINT_FIELDS = [...CONTENT_FIELDS, "vector"];

export interface RowOptions {
  /** The collection's tenant column. */
  readonly tenant: string | null;
  /** Of a hybrid collection's texts. */
  readonly words: Words | null;
}

/** @throws {InputRefusedError} for what Milvus can't hold, and a row whose tenant is no text. */
export function toRow(point: Point, options: RowOptions): RowData {
  return { ...toPartialRow(point, options), vector: Array.from(point.vector) };
}

/** All but the vector. @throws what `toRow` throws. */
export function toPartialRow({ id, text, payload, metadata }: PayloadUpdate, { tenant, words }: RowOptions): RowData {
  const { position } = metadata;
  const columns = withoutBigints(payload);
  refuseContent(id, text, columns);
  return {
    id,
    text,
    payload: columns,
    index_name: metadata.index,
    source_table: metadata.table,
    row_key: metadata.key,
    chunk: metadata.chunk,
    chunks: metadata.chunks,
    epoch: position.epoch,
    lsn: String(position.commitLsn),
    seq: position.seq,
    source_partition: metadata.partition,
    // No hash is empty.
    row_hash: metadata.rowHash ?? "",
    text_hash: metadata.textHash,
    committed_at: metadata.committedAt,
    indexed_at: metadata.indexedAt,
    ...(tenant === null ? {} : { tenant: tenantOf(id, payload[tenant], tenant) }),
    ...(words === null ? {} : { words: words(text) }),
  };
}

/** A partition key can't be null: without a tenant it is empty. */
function tenantOf(id: string, value: JsonObject[string] | undefined, column: string): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new InputRefusedError(
    `The tenant of point ${id} is no text: let the payload's column ${column} be one, or null.`,
    { ids: [id] },
  );
}

/** Of what a query answers with `ID_FIELDS`. */
export function toId(row: unknown): string {
  return idRow.parse(row).id;
}

/** Of what a query answers with `METADATA_FIELDS`. */
export function toStoredPoint(row: unknown): { id: string; metadata: PointMetadata } {
  const { id, index_name, source_table, row_key, epoch, lsn, seq, source_partition, ...rest } = metadataRow.parse(row);
  return {
    id,
    metadata: {
      index: index_name,
      table: source_table,
      key: row_key,
      chunk: rest.chunk,
      chunks: rest.chunks,
      position: { epoch, commitLsn: BigInt(lsn), seq },
      partition: source_partition,
      rowHash: rest.row_hash === "" ? null : rest.row_hash,
      textHash: rest.text_hash,
      committedAt: rest.committed_at,
      indexedAt: rest.indexed_at,
    },
  };
}

/** Of what a query answers with `CONTENT_FIELDS`. */
export function toContent(row: unknown): PayloadUpdate {
  return { ...toStoredPoint(row), ...contentRow.parse(row) };
}

/** Of what a query answers with `POINT_FIELDS`. */
export function toPoint(row: unknown): Point {
  return { ...toContent(row), vector: Float32Array.from(vectorRow.parse(row).vector) };
}
