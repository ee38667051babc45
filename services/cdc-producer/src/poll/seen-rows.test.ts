import { expect, it } from "vitest";
import { SeenRows } from "./seen-rows.js";

it("knows the rows of the last round in their version, and forgets those that weren't in it", () => {
  const seen = new SeenRows(10_000);
  seen.beginRound();
  seen.add("a", "1");
  seen.add("b", "1");
  expect([seen.has("a", "1"), seen.has("a", "2"), seen.has("c", "1")]).toEqual([true, false, false]);
  seen.beginRound();
  seen.add("a", "2");
  expect([seen.has("a", "2"), seen.has("a", "1"), seen.has("b", "1")]).toEqual([true, false, true]);
  seen.beginRound();
  expect([seen.has("a", "2"), seen.has("b", "1")]).toEqual([true, false]);
  seen.clear();
  expect(seen.has("a", "2")).toBe(false);
});

it("never says that a row is known which it had no room for", () => {
  const seen = new SeenRows(300);
  seen.beginRound();
  for (const name of ["a", "b", "c", "d"]) seen.add(name, "1");
  expect(["a", "b", "c", "d"].map((name) => seen.has(name, "1"))).toEqual([true, true, false, false]);
  seen.beginRound();
  // Those that came first take the room; "a" is another version now, and must not be taken for the old one.
  for (const name of ["c", "d", "a"]) seen.add(name, "2");
  expect(seen.has("a", "1")).toBe(false);
});
