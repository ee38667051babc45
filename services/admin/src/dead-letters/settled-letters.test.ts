import { expect, it } from "vitest";
import { decodeRange, encodeRange, rangeKey, rangesOf, SettledLetters, type SettledRange } from "./settled-letters.js";

const range = (first: number, last: number, youngest = 100, partition = 0): SettledRange => ({
  ...{ topic: "dlq.a/b", partition, youngest },
  ...{ first: BigInt(first), last: BigInt(last) },
});
const at = (offset: number, timestamp = 100, partition = 0) => ({ partition, offset: BigInt(offset), timestamp });

function settledOf(ranges: readonly SettledRange[], length = 12): number[] {
  const settled = new SettledLetters(ranges);
  return Array.from({ length }, (_, offset) => offset).filter((offset) => settled.has(at(offset)));
}

it("adds ranges up, however they lie to one another", () => {
  expect(settledOf([])).toEqual([]);
  expect(settledOf([range(7, 8), range(0, 0), range(3, 5)])).toEqual([0, 3, 4, 5, 7, 8]);
  expect(settledOf([range(1, 9), range(2, 3), range(8, 10), range(1, 9)])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new SettledLetters([range(0, 5)]).has(at(3, 100, 1))).toBe(false);
});

it("doesn't take the letters of a topic that was made anew for those that were settled", () => {
  const settled = new SettledLetters([range(0, 9, 100)]);
  expect([settled.has(at(3, 100)), settled.has(at(3, 101))]).toEqual([true, false]);
});

it("makes a range of what was settled in a row, by partition", () => {
  const noted = [
    { place: at(0, 1), isSettled: true },
    { place: at(0, 9, 1), isSettled: true },
    { place: at(4, 3), isSettled: true },
    { place: at(5, 2), isSettled: false },
    { place: at(6, 2), isSettled: true },
    { place: at(1, 8, 1), isSettled: true },
  ];
  expect(rangesOf("dlq.a/b", noted)).toEqual([range(0, 4, 3), range(0, 1, 9, 1), range(6, 6, 2)]);
});

it("reads what it writes, and takes nothing else for settled", () => {
  const written = range(3, 5, 7, 2);
  expect(decodeRange(rangeKey(written), encodeRange(written))).toEqual(written);
  expect([decodeRange("a/0/1-2", "{}"), decodeRange("a/0/1", encodeRange(written))]).toEqual([null, null]);
});
