import { expect, it } from "vitest";
import { hasContent } from "./altered-rows.js";

const payload = { year: 1965, big: 2n ** 60n };
const row = { isWanted: true, content: { text: "one two three two four", payload } };
const chunks = (...texts: string[]) => texts.map((text) => ({ text, payload }));

it("takes chunks for the row's that lie one behind the other, from the text's beginning to its end", () => {
  expect(hasContent(chunks("one two three two four"), row)).toBe(true);
  expect(hasContent(chunks("one two", "two three", "three two four"), row)).toBe(true);
  expect(hasContent(chunks("one two", "two", "two four"), row)).toBe(true);
});

it("tells chunks that aren't", () => {
  expect(hasContent(chunks("one two"), row)).toBe(false);
  expect(hasContent(chunks("one two", "five", "two four"), row)).toBe(false);
  expect(hasContent(chunks("one two", "one two", "two four"), row)).toBe(false);
  expect(hasContent(chunks("one two three two four", "four", "four"), row)).toBe(false);
  expect(hasContent([{ text: "one two three two four", payload: { ...payload, year: 1966 } }], row)).toBe(false);
});

it("compares payloads whatever the order of columns, and numbers beyond 2^53 that a store keeps as digits", () => {
  const stored = { big: String(2n ** 60n), year: 1965 };
  expect(hasContent([{ text: row.content.text, payload: stored }], row)).toBe(true);
});

it("wants nothing of a row that is left out, and tells nothing of one that can't be made", () => {
  expect(hasContent(chunks("one"), { isWanted: false, content: null })).toBe(false);
  expect(hasContent(chunks("one"), { isWanted: true, content: null })).toBe(true);
});
