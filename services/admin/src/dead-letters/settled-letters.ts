import type { TopicSpec } from "@freshet/streaming/topic-admin";

/**
 * What of the dead letters is replayed or dropped. A topic of letters can't say it itself: it only grows, it may only be
 * cut at its beginning, and its keys are the letters' own, whose older ones compaction would remove. So each run appends
 * a range for what it has settled. Ranges only add up: runs beside one another need no order and no lock, and one that
 * crashes before it has written its range leaves the letters where they are.
 */
export const SETTLED_TOPIC: TopicSpec = {
  name: "freshet.settled-letters",
  partitions: 1,
  config: { "cleanup.policy": "compact" },
};

/** Letters of one partition, from the first to the last offset. */
export interface SettledRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: bigint;
  readonly last: bigint;
  /** When the youngest of them was written, in ms since the Unix epoch: letters of a topic that is made anew are younger. */
  readonly youngest: number;
}

export function rangeKey({ topic, partition, first, last }: Omit<SettledRange, "youngest">): string {
  return `${topic}/${partition}/${first}-${last}`;
}

export function encodeRange({ youngest }: SettledRange): string {
  return JSON.stringify({ youngest });
}

const KEY = /^(.+)\/(\d+)\/(\d+)-(\d+)$/;

/** Null for what isn't a range of this version: its letters count as not settled, which loses none. */
export function decodeRange(key: string, value: string): SettledRange | null {
  const [, topic, partition, first, last] = KEY.exec(key) ?? [];
  const youngest = /^\{"youngest":(\d{1,15})\}$/.exec(value)?.[1];
  if (topic === undefined || first === undefined || last === undefined || youngest === undefined) return null;
  return { topic, partition: Number(partition), first: BigInt(first), last: BigInt(last), youngest: Number(youngest) };
}

/** Where a letter lies, and when it was written. */
export interface LetterPlace {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
}

/** Which letters of a topic are settled. */
export class SettledLetters {
  /** By partition, in order and apart from one another. */
  readonly #ranges = new Map<number, SettledRange[]>();

  /** @param ranges of one topic. */
  constructor(ranges: readonly SettledRange[]) {
    for (const range of ranges.toSorted((one, other) => (one.first < other.first ? -1 : 1))) this.#add(range);
  }

  has({ partition, offset, timestamp }: LetterPlace): boolean {
    const ranges = this.#ranges.get(partition) ?? [];
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = ranges[middle];
      if (range === undefined || offset < range.first) high = middle;
      else if (offset > range.last) low = middle + 1;
      else return timestamp <= range.youngest;
    }
    return false;
  }

  #add(range: SettledRange): void {
    const ranges = this.#ranges.get(range.partition) ?? [];
    this.#ranges.set(range.partition, ranges);
    const before = ranges.at(-1);
    if (before === undefined || range.first > before.last) {
      ranges.push(range);
      return;
    }
    const last = range.last > before.last ? range.last : before.last;
    ranges[ranges.length - 1] = { ...before, last, youngest: Math.max(range.youngest, before.youngest) };
  }
}

/**
 * The ranges of what was settled among letters that were read one after the other. What lies between two of them is no
 * letter, or was settled before.
 */
export function rangesOf(
  topic: string,
  letters: readonly { readonly place: LetterPlace; readonly isSettled: boolean }[],
): SettledRange[] {
  const ranges: SettledRange[] = [];
  const open = new Map<number, SettledRange>();
  for (const { place, isSettled } of letters) {
    const { partition, offset, timestamp } = place;
    const range = open.get(partition);
    if (isSettled && range !== undefined) {
      open.set(partition, { ...range, last: offset, youngest: Math.max(range.youngest, timestamp) });
    } else if (isSettled) {
      open.set(partition, { topic, partition, first: offset, last: offset, youngest: timestamp });
    } else if (range !== undefined) {
      ranges.push(range);
      open.delete(partition);
    }
  }
  return [...ranges, ...open.values()];
}
