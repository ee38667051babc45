import { expect, it } from "vitest";
import { NewestOffsets } from "./newest-offsets.js";

it("keeps the highest offset of each key, of as many as there are", () => {
  const newest = new NewestOffsets();
  const keys = 100_000;
  for (let offset = 0; offset < 2 * keys; offset++) newest.add(`key ${offset % keys}`, offset);
  newest.add("key 7", 3);
  newest.add("first", 0);
  expect(newest.size).toBe(keys + 1);
  for (let key = 0; key < keys; key++) if (newest.get(`key ${key}`) !== keys + key) expect.unreachable(`key ${key}`);
  expect(newest.get("first")).toBe(0);
  expect(newest.get("another")).toBeUndefined();
  newest.add("far", 2 ** 52);
  expect(newest.get("far")).toBe(2 ** 52);
});
