import type { JsonObject, JsonValue } from "@freshet/schemas/lossless-json";
import { z } from "zod";
import { InputRefusedError } from "../errors.js";
import type { PayloadUpdate, PointMetadata, SearchHit } from "../vector-store.js";

/** Everything of ours lies under this key, beside the row's columns. A column of that name gives way. */
export const OURS = "_freshet";

/** The position's parts are numbers here, because Qdrant's conditions compare numbers. */
const ours = z.object({
  index: z.string(),
  table: z.string(),
  key: z.string(),
  chunk: z.int(),
  chunks: z.int(),
  epoch: z.int(),
  lsn: z.int(),
  seq: z.int(),
  partition: z.int(),
  rowHash: z.string().nullable(),
  textHash: z.string(),
  committedAt: z.number(),
  indexedAt: z.number(),
});
const stored = z.object({ [OURS]: ours.extend({ text: z.string() }) });
const storedMetadata = z.object({ [OURS]: ours });

/** All that `toMetadata` needs, and not the text. */
export const METADATA_FIELDS = Object.keys(ours.shape).map((name) => `${OURS}.${name}`);

/** @throws {InputRefusedError} for an LSN of 8 PiB or more, which Qdrant couldn't compare exactly. */
export function toPayload({ text, payload, metadata }: PayloadUpdate): Record<string, unknown> {
  const { position, ...rest } = metadata;
  const lsn = Number(position.commitLsn);
  if (!Number.isSafeInteger(lsn)) throw new InputRefusedError(`The LSN ${position.commitLsn} is beyond 2^53.`);
  const own = { ...rest, epoch: position.epoch, lsn, seq: position.seq } satisfies z.input<typeof ours>;
  return { ...withoutBigints(payload), [OURS]: { ...own, text } };
}

export function toMetadata(payload: unknown): PointMetadata {
  const { epoch, lsn, seq, ...rest } = storedMetadata.parse(payload)[OURS];
  return { ...rest, position: { epoch, commitLsn: BigInt(lsn), seq } };
}

export function toHit(id: string, score: number, payload: Record<string, unknown>): SearchHit {
  const { text } = stored.parse(payload)[OURS];
  const columns = Object.fromEntries(Object.entries(payload).filter(([name]) => name !== OURS)) as JsonObject;
  return { id, score, text, payload: columns, metadata: toMetadata(payload) };
}

/** Integers beyond 2^53 become text: the client can't write them in Node 20, and Qdrant's ranges are doubles. */
function withoutBigints(value: JsonObject): JsonObject {
  const convert = (part: JsonValue): JsonValue => {
    if (typeof part === "bigint") return String(part);
    if (Array.isArray(part)) return part.map(convert);
    if (typeof part === "object" && part !== null) return withoutBigints(part);
    return part;
  };
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, convert(part)]));
}
