import type { JsonObject } from "@freshet/schemas/lossless-json";
import { z } from "zod";
import { InputRefusedError } from "../errors.js";
import { withoutBigints } from "../payload-integers.js";
import type { PayloadUpdate, Point, PointMetadata } from "../vector-store.js";

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

/** A record of an answer: with its whole payload. */
interface StoredRecord {
  readonly id: string | number;
  readonly payload?: Record<string, unknown> | null | undefined;
}

/** Everything but the vector. */
export function toUpdate({ id, payload }: StoredRecord): PayloadUpdate {
  const { text } = stored.parse(payload)[OURS];
  const columns = Object.fromEntries(Object.entries(payload ?? {}).filter(([name]) => name !== OURS)) as JsonObject;
  return { id: String(id), text, payload: columns, metadata: toMetadata(payload) };
}

const storedVector = z.array(z.number());

/** @param record with its vector, which Qdrant keeps at length one where vectors are compared by angle. */
export function toPoint(record: StoredRecord & { readonly vector?: unknown }): Point {
  return { ...toUpdate(record), vector: Float32Array.from(storedVector.parse(record.vector)) };
}
