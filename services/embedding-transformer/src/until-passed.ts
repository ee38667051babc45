import type { RowKey } from "@freshet/schemas/row-key";

/** A record of a row. */
interface RecordPlace {
  readonly key: RowKey;
  readonly partition: number;
  readonly offset: bigint;
}

/** Whether the input holds a newer record of the row. */
export type IsSuperseded = (at: RecordPlace) => boolean;

/**
 * Asks only of partitions that haven't been read to their ends yet: behind them nothing is superseded, and a topic that is made
 * anew begins with the old offsets. Lets go of what it needs when all partitions have passed theirs.
 *
 * @param ends by partition, of what is known.
 */
export function untilPassed(ends: ReadonlyMap<number, bigint>, isSuperseded: IsSuperseded): IsSuperseded {
  const left = new Map(ends);
  let decide: IsSuperseded | null = isSuperseded;
  return (at) => {
    const end = left.get(at.partition);
    if (end === undefined) return false;
    const answer = decide?.(at) ?? false;
    if (at.offset + 1n >= end) left.delete(at.partition);
    if (left.size === 0) decide = null;
    return answer;
  };
}
