import { expect, test } from "vitest";
import { FetchProgress } from "./fetch-progress.js";

const at = { topic: "t", partition: 0 };

function watched() {
  const progress = new FetchProgress();
  const look = (now: number, position: bigint | null, { end = 10n, paused = false } = {}) =>
    progress.observe([{ ...at, position, paused }], () => end, now);
  return { progress, look };
}

test("a partition with records that brings none is stalled, since it was first seen so", () => {
  const { look } = watched();
  expect(look(0, 4n)).toEqual([]);
  expect(look(1000, 4n)).toEqual([{ ...at, behind: 6n, sinceMs: 1000 }]);
  expect(look(1500, 4n, { end: 12n })).toEqual([{ ...at, behind: 8n, sinceMs: 1500 }]);
});

test("what moves isn't stalled, however slowly", () => {
  const { look } = watched();
  look(0, 4n);
  expect(look(1000, 5n)).toEqual([]);
  expect(look(2000, 5n)).toEqual([{ ...at, behind: 5n, sinceMs: 1000 }]);
});

test.each([
  ["at the log's end", 10n, {}],
  ["paused", 4n, { paused: true }],
  ["without a position", null, {}],
])("a partition that is %s waits for nothing, and begins anew afterwards", (_, position, state) => {
  const { look } = watched();
  look(0, 4n);
  expect(look(1000, position, state)).toEqual([]);
  expect(look(2000, 4n)).toEqual([]);
  expect(look(2500, 4n)).toEqual([{ ...at, behind: 6n, sinceMs: 500 }]);
});

test("the longest stall comes first", () => {
  const progress = new FetchProgress();
  const partition = (number: number) => ({ topic: "t", partition: number, position: 0n, paused: false });
  progress.observe([partition(1)], () => 5n, 0);
  progress.observe([partition(0), partition(1)], () => 5n, 100);
  const stalls = progress.observe([partition(0), partition(1)], () => 5n, 300);
  expect(stalls.map((stall) => [stall.partition, stall.sinceMs])).toEqual([
    [1, 300],
    [0, 200],
  ]);
});
