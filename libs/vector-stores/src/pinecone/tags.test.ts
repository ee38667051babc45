import { expect, it } from "vitest";
import { VECTORS } from "../contract/sample.js";
import { InputRefusedError } from "../errors.js";
import { aliasTag, aliasTurn, NO_SPEC_TAGS, specOf, specTags } from "./tags.js";

const columns = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, place) => [`column ${(place * 7919).toString(36)}`, "keyword"] as const),
  );
const specWith = (count: number) => ({
  name: `книги "${"x".repeat(60)}"`,
  ...VECTORS,
  features: { fields: columns(count), tenant: null, hybrid: false },
});

it.each([0, 1, 60])("keeps a collection with %d columns in tags that Pinecone takes", (count) => {
  const tags = specTags(specWith(count));
  for (const [key, value] of Object.entries(tags)) {
    expect(key).toMatch(/^[a-zA-Z0-9_-]{1,80}$/);
    expect(value).toMatch(/^[a-zA-Z0-9_-]{1,120}$/);
  }
  expect(specOf({ ...tags, other: "tag" })).toEqual(specWith(count));
});

it("leaves out what a collection was made for where that has no room, and says so", () => {
  const origin = (text: string) => ({ index: "books", generation: 2, definition: { index: { text } } });
  const noise = Array.from({ length: 3_000 }, (_, place) => ((place * 7919) % 9973).toString(36)).join("");
  const [short, long] = [
    { ...specWith(3), origin: origin("{{ title }}") },
    { ...specWith(3), origin: origin(noise) },
  ];
  expect(specOf(specTags(short))).toEqual(short);
  expect(specOf({ ...specTags(short), ...NO_SPEC_TAGS, ...specTags(long) })).toEqual({
    ...long,
    origin: { ...long.origin, definition: null },
  });
});

it("refuses more than the tags hold, and knows indexes that aren't Freshet's", () => {
  expect(() => specTags(specWith(2_000))).toThrow(InputRefusedError);
  expect(specOf({ team: "search" })).toBeNull();
});

it("counts an alias's turns, and none for a tag that was taken away", () => {
  const alias = 'any "name" 📚';
  expect(aliasTag(alias)).toMatch(/^[a-zA-Z0-9_-]{1,80}$/);
  expect(aliasTurn(alias, { [aliasTag(alias)]: "3" })).toBe(3);
  expect(aliasTurn(alias, { [aliasTag(alias)]: "" })).toBeUndefined();
  expect(aliasTurn(alias, { [aliasTag("other")]: "3" })).toBeUndefined();
});
