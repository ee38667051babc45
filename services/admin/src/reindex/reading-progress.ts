import type { GroupProgress, PartitionOffsets } from "@freshet/streaming/topic-admin";

/** How far a consumer group is in the one topic that it reads for a generation. */
export interface ReadingProgress {
  /** As a sentence names it: `the vector-sink of main`. */
  readonly who: string;
  readonly group: string;
  /** 0: nobody runs it. */
  readonly members: number;
  /** Records: done, and all that there are; about, as compaction leaves gaps. */
  readonly done: number;
  readonly total: number;
  /** By partition, where it is, and what there is to be read; without partitions where nothing is. */
  readonly committed: ReadonlyMap<number, bigint>;
  readonly ends: ReadonlyMap<number, bigint>;
}

/** @param offsets of the topic, not older than the group's progress; null while there is no topic. */
export function readingProgress(
  who: string,
  { group, members, partitions }: GroupProgress,
  offsets: readonly PartitionOffsets[] | null,
): ReadingProgress {
  const committed = new Map(partitions.map((one) => [one.partition, one.committed ?? 0n]));
  // Where nothing is left to be read, a group that came later never commits.
  const filled = (offsets ?? []).filter(({ low, end }) => low < end);
  const sum = (part: (one: PartitionOffsets) => bigint) => Number(filled.reduce((total, one) => total + part(one), 0n));
  const doneOf = ({ partition, low, end }: PartitionOffsets) => {
    const at = committed.get(partition) ?? 0n;
    return at <= low ? 0n : (at < end ? at : end) - low;
  };
  return {
    ...{ who, group, members, committed },
    ...{ done: sum(doneOf), total: sum(({ low, end }) => end - low) },
    ends: new Map(filled.map(({ partition, end }) => [partition, end])),
  };
}

/** A generation's transformer, and the sinks of its stores. */
export interface PassageProgress {
  readonly transformer: ReadingProgress;
  readonly sinks: readonly ReadingProgress[];
}

/** As each was looked at before the next one: what the transformer has done is in the sinks' topic's ends. */
export function allReadings({ transformer, sinks }: PassageProgress): readonly ReadingProgress[] {
  return [transformer, ...sinks];
}
