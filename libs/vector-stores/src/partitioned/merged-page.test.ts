import { expect, it } from "vitest";
import { point } from "../contract/sample.js";
import type { ScrollPage } from "../vector-store.js";
import { mergedPage } from "./merged-page.js";

const at = (id: string, lsn = 1n) => ({ id, metadata: point({ lsn }).metadata });
const page = (ids: string, next: string | null = null): ScrollPage => ({
  points: Array.from(ids, (id) => at(id)),
  next,
});
const idsOf = ({ points, next }: ScrollPage) => [points.map(({ id }) => id).join(""), next];

it("orders the points of all by id, and goes on after the last of them", () => {
  expect(idsOf(mergedPage([page("adg"), page("be"), page("")], 3, null))).toEqual(["abd", "d"]);
  expect(idsOf(mergedPage([page("adg"), page("be")], 5, null))).toEqual(["abdeg", null]);
  expect(idsOf(mergedPage([], 5, null))).toEqual(["", null]);
});

it("takes no point for the next that a collection's rest may come before", () => {
  expect(idsOf(mergedPage([page("ab", "b"), page("cdz")], 5, null))).toEqual(["ab", "b"]);
  expect(idsOf(mergedPage([page("ab", "c"), page("af", "g")], 5, null))).toEqual(["ab", "b"]);
  expect(idsOf(mergedPage([page("", "b"), page("cd")], 5, null))).toEqual(["", "b"]);
});

it("leaves out where it goes on from, for stores that begin with it", () => {
  expect(idsOf(mergedPage([page("bcd", "e"), page("bf")], 2, "b"))).toEqual(["cd", "d"]);
});

it("tells a point once that two collections have, by its older copy", () => {
  const [older, newer] = [at("b", 1n), at("b", 2n)];
  for (const both of [
    [older, newer],
    [newer, older],
  ]) {
    const pages = both.map((copy) => ({ points: [copy], next: null }));
    expect(mergedPage(pages, 5, null)).toEqual({ points: [older], next: null });
  }
});
