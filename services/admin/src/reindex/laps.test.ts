import { expect, it } from "vitest";
import { Laps } from "./laps.js";
import { readingProgress, type PassageProgress } from "./reading-progress.js";

/** Of two partitions, the second one empty. */
function reading(who: string, committed: bigint | null, end: bigint, members = 1) {
  const partition = { topic: who, end };
  const partitions = [
    { ...partition, partition: 0, committed },
    { ...partition, partition: 1, committed: null, end: 0n },
  ];
  const offsets = [
    { partition: 0, low: 10n, end },
    { partition: 1, low: 0n, end: 0n },
  ];
  return readingProgress(who, { group: `group of ${who}`, state: "Stable", members, partitions }, offsets);
}

function progress(transformer: [bigint | null, bigint], sink: [bigint | null, bigint]): PassageProgress {
  return { transformer: reading("transformer", ...transformer), sinks: [reading("sink", ...sink)] };
}

it("is behind until the transformer has read to the end, and then the sinks what it wrote", () => {
  const laps = new Laps();
  expect(laps.observe(progress([null, 110n], [null, 10n]), 0)).toMatchObject([
    { who: "transformer", says: "transformer is 100 records behind", mark: "0" },
  ]);
  expect(laps.observe(progress([110n, 110n], [60n, 90n]), 1_000)).toMatchObject([{ who: "sink", mark: "50" }]);
  expect(laps.observe(progress([110n, 110n], [90n, 90n]), 2_000)).toEqual([]);
});

it("goes another lap after a long one, until one is short though changes go on coming", () => {
  const laps = new Laps();
  laps.observe(progress([null, 110n], [null, 10n]), 0);
  expect(laps.observe(progress([110n, 200n], [90n, 90n]), 60_000)).not.toEqual([]);
  // Behind again, but by less than was written when this lap began.
  expect(laps.observe(progress([205n, 210n], [180n, 185n]), 65_000)).not.toEqual([]);
  expect(laps.observe(progress([208n, 220n], [186n, 190n]), 66_000)).toEqual([]);
});

it("has nothing to read of empty topics, or of none", () => {
  expect(new Laps().observe(progress([null, 10n], [null, 10n]), 0)).toEqual([]);
  const absent = readingProgress("sink", { group: "g", state: "Dead", members: 0, partitions: [] }, null);
  expect(new Laps().observe({ transformer: absent, sinks: [absent] }, 0)).toEqual([]);
});

it("says who doesn't run", () => {
  const transformer = reading("transformer", 20n, 110n, 0);
  expect(new Laps().observe({ transformer, sinks: [] }, 0)).toMatchObject([
    { says: "transformer is 90 records behind, and isn't running (group group of transformer)", mark: "10" },
  ]);
});
