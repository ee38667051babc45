import type { Position } from "@freshet/schemas/position";
import { InputRefusedError } from "./errors.js";

/** A position for stores whose whole numbers are doubles. */
export interface PositionParts {
  readonly high: number;
  readonly low: number;
  readonly seq: number;
}

/** Bits of an LSN, which has 64, that stay beside an epoch: epochs count the seconds since 1970, and so need the more. */
const LSN_HIGH = 2n ** 16n;
const LSN_LOW = 2n ** 48n;

/**
 * A position as integers that a double holds, and that sort as it does: `high`, then `low`, then `seq`.
 *
 * @throws {InputRefusedError} for an epoch of 2^37 or more.
 */
export function positionParts({ epoch, commitLsn, seq }: Position): PositionParts {
  const high = Number(BigInt(epoch) * LSN_HIGH + commitLsn / LSN_LOW);
  if (!Number.isSafeInteger(high)) throw new InputRefusedError(`The epoch ${epoch} is beyond 2^37.`);
  return { high, low: Number(commitLsn % LSN_LOW), seq };
}
