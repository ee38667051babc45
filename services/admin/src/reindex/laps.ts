import { formatCount } from "../rendering/measures.js";
import { allReadings, type PassageProgress, type ReadingProgress } from "./reading-progress.js";
import type { Waiting } from "./waiting.js";

/** What is missing when a lap took no longer than this is no more than any index lags behind. */
const SHORT_MS = 10_000;

type Ends = ReadonlyMap<number, bigint>;

/**
 * Whether a generation has every row. Changes come while it fills, so it goes in laps: the transformer reads to where its
 * topic ended when the lap began, then the sinks to where theirs ended then. The last lap is a short one.
 */
export class Laps {
  #lap: { readonly startedAt: number; readonly input: Ends; documents: Ends | null } | null = null;
  #done = false;

  /** @param now in ms. @returns who is behind, and by how much; empty once it has every row. */
  observe(progress: PassageProgress, now: number): readonly Waiting[] {
    const { transformer, sinks } = progress;
    while (!this.#done) {
      const lap = (this.#lap ??= { startedAt: now, input: transformer.ends, documents: null });
      if (!hasReached(transformer, lap.input)) break;
      lap.documents ??= sinks[0]?.ends ?? new Map();
      const { documents } = lap;
      if (!sinks.every((sink) => hasReached(sink, documents))) break;
      this.#lap = null;
      this.#done = now - lap.startedAt <= SHORT_MS;
    }
    return this.#done ? [] : allReadings(progress).flatMap(saysBehind);
  }
}

function hasReached({ committed }: ReadingProgress, ends: Ends): boolean {
  return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end);
}

function saysBehind({ who, group, members, done, total }: ReadingProgress): Waiting[] {
  if (done >= total) return [];
  const behind = `${who} is ${formatCount(total - done)} records behind`;
  return [{ who, says: members === 0 ? `${behind}, and isn't running (group ${group})` : behind, mark: String(done) }];
}
