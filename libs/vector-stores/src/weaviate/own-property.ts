import type { Position } from "@freshet/schemas/position";
import { InputRefusedError } from "../errors.js";

/** The properties that each point has. */
export const OWN = {
  /** The chunk's text. */
  text: "text",
  /** The row's columns as JSON, so that nothing of them is lost. */
  payload: "payload",
  /** The point's metadata as JSON. */
  metadata: "freshet_metadata",
  /** Of these, what is older is deleted by. */
  rows: "freshet_rows",
  high: "freshet_high",
  low: "freshet_low",
  seq: "freshet_seq",
  /** An object without properties: see `classOf`. */
  guard: "freshet_guard",
  /** Of a hybrid collection: the text's words. */
  words: "words",
} as const;

/** Stands for one partition of one table; quoted, because Weaviate takes spaces off the ends. */
export function rowsToken({ table, partition }: { readonly table: string; readonly partition: number }): string {
  return JSON.stringify([partition, table]);
}

const HALF = 2n ** 32n;

/**
 * A position as integers that a double holds, and that sort as it does.
 *
 * @throws {InputRefusedError} for an epoch beyond 2^21.
 */
export function placeOf({ epoch, commitLsn, seq }: Position): { high: number; low: number; seq: number } {
  const high = Number(BigInt(epoch) * HALF + commitLsn / HALF);
  if (!Number.isSafeInteger(high)) throw new InputRefusedError(`The epoch ${epoch} is beyond 2^21.`);
  return { high, low: Number(commitLsn % HALF), seq };
}
