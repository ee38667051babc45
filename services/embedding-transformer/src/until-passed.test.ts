import { expect, it } from "vitest";
import { untilPassed } from "./until-passed.js";

it("says nothing of a partition whose end was passed: a topic made anew begins with the same offsets", () => {
  const ends = new Map([
    [0, 10n],
    [1, 10n],
  ]);
  const isSuperseded = untilPassed(ends, () => true);
  const at = (partition: number, offset: bigint) => isSuperseded({ key: { id: 1 }, partition, offset });
  expect([at(0, 3n), at(0, 9n)]).toEqual([true, true]);
  expect([at(0, 0n), at(0, 3n)]).toEqual([false, false]);
  // Another process may read the other partition: it is as it was.
  expect([at(1, 0n), at(1, 12n), at(1, 0n), at(2, 0n)]).toEqual([true, true, false, false]);
});
