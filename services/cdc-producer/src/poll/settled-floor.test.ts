import { describe, expect, it } from "vitest";
import { SettledFloor } from "./settled-floor.js";

const OVERLAP = 60;

interface Change {
  /** Its value: when it was set, or how many were drawn from a sequence before it. */
  readonly value: number;
  readonly committedAt: number;
}

/** The values that a table's rounds read, as Postgres and the poller do it, with numbers for the texts. */
function poll(changes: readonly Change[], rounds: readonly number[], tellsTime: boolean): Map<Change, number> {
  const floor = new SettledFloor(OVERLAP, null);
  const read = new Map<Change, number>();
  for (const at of rounds) {
    const visible = changes.filter(({ committedAt }) => committedAt <= at);
    const top = visible.length === 0 ? null : Math.max(...visible.map(({ value }) => value));
    const highest = top === null ? null : tellsTime ? Math.min(top, at) : top;
    const below = highest === null || !tellsTime ? null : highest - OVERLAP;
    for (const change of visible) {
      if (floor.floor === null || change.value > Number(floor.floor)) read.set(change, (read.get(change) ?? 0) + 1);
    }
    const texts = [highest, below].map((value) => (value === null ? null : String(value)));
    const may = floor.roundCompleted({ atMs: at, highest: texts[0] ?? null, below: texts[1] ?? null });
    const known = may.flatMap((value) => (value === null ? [] : [Number(value)]));
    floor.rise(known.length === 0 ? null : String(Math.max(...known)));
  }
  return read;
}

/** mulberry32: the same numbers for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("whatever is committed within the overlap", () => {
  it.each(["timestamps", "timestamps with one far in the future", "numbers"])("is read: %s", (kind) => {
    for (let seed = 1; seed <= 400; seed++) {
      const next = random(seed);
      let drawn = 0;
      let clock = 0;
      const changes = Array.from({ length: 60 }, () => {
        clock += next() < 0.1 ? next() * 500 : next() * 10;
        drawn += 1;
        const value = kind === "numbers" ? drawn : Math.floor(clock);
        // Less than a unit of the overlap belongs to the rounding of the value.
        return { value, committedAt: clock + next() * (OVERLAP - 1) };
      });
      if (kind.includes("future")) changes[20] = { value: 1e9, committedAt: changes[20]?.committedAt ?? 0 };
      const end = clock + OVERLAP;
      const rounds: number[] = [];
      // Some of them are far apart: nobody was there.
      for (let at = next() * 20; at < end; at += next() < 0.1 ? 300 * next() : 25 * next()) rounds.push(at);
      rounds.push(end, end + 1);
      const read = poll(changes, rounds, kind !== "numbers");
      expect({ seed, missed: changes.filter((change) => !read.has(change)) }).toEqual({ seed, missed: [] });
    }
  });
});

describe("what has settled", () => {
  it.each([true, false])(
    "isn't read again and again, also when nothing follows (values tell the time: %s)",
    (tellsTime) => {
      const change = { value: 100, committedAt: 100 };
      const rounds = Array.from({ length: 50 }, (_, round) => 101 + round * 10);
      expect(poll([change], rounds, tellsTime).get(change)).toBeLessThanOrEqual(OVERLAP / 10 + 2);
    },
  );

  it("isn't read twice after a long pause, where values tell the time", () => {
    const [before, during, last] = [90, 500, 990].map((value) => ({ value, committedAt: value }));
    if (!before || !during || !last) throw new RangeError("there are three changes");
    const read = poll([before, during, last], [100, 110, 1000, 1010, 1020], true);
    expect([read.get(during), read.get(last)]).toEqual([1, 3]);
  });
});
