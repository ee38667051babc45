import type { Arrival } from "./arrivals.js";

export interface Interruption {
  /** The longest time in which a partition got no record that wasn't there before, in ms; of the worst partition. */
  readonly partitionGapMs: number;
  /** The longest time in which no partition did, in ms. */
  readonly gapMs: number;
  /** Records that were there already. */
  readonly duplicates: number;
}

/** Of records that should come at a steady rate: how long none came, and which came twice. */
export class Progress {
  readonly #known = new Set<string>();
  readonly #arrivals: Arrival[] = [];
  readonly #duplicates: Arrival[] = [];

  add(arrival: Arrival): void {
    if (this.#known.has(arrival.key)) {
      this.#duplicates.push(arrival);
    } else {
      this.#known.add(arrival.key);
      this.#arrivals.push(arrival);
    }
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  /** @param from on the arrivals' clock, as `to`. A gap that began before counts from its beginning. */
  between(from: number, to: number): Interruption {
    const numbers = [...new Set(this.#arrivals.map(({ partition }) => partition))];
    const partitions = numbers.map((number) => this.#arrivals.filter(({ partition }) => partition === number));
    return {
      partitionGapMs: Math.max(...partitions.map((arrivals) => longestGap(arrivals, from, to))),
      gapMs: longestGap(this.#arrivals, from, to),
      duplicates: this.#duplicates.filter(({ at }) => at >= from && at <= to).length,
    };
  }
}

function longestGap(arrivals: readonly Arrival[], from: number, to: number): number {
  let longest = 0;
  for (const [place, { at }] of arrivals.entries()) {
    const before = arrivals[place - 1]?.at ?? at;
    if (at >= from && at <= to) longest = Math.max(longest, at - before);
  }
  return longest;
}
