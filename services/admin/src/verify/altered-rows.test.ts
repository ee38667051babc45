import type { Point } from "@freshet/vector-stores/vector-store";
import { expect, it } from "vitest";
import { alteredAmong, alteredContent } from "./altered-rows.js";

const payload = { year: 1965, big: 2n ** 60n };
const row = { isWanted: true, content: { text: "one two three two four", payload } };
const chunks = (...texts: string[]) => texts.map((text) => ({ text, payload }));

it("takes chunks for the row's that lie one behind the other, from the text's beginning to its end", () => {
  expect(alteredContent(chunks("one two three two four"), row)).toBeNull();
  expect(alteredContent(chunks("one two", "two three", "three two four"), row)).toBeNull();
  expect(alteredContent(chunks("one two", "two", "two four"), row)).toBeNull();
});

it("tells chunks that aren't", () => {
  expect(alteredContent(chunks("one two"), row)).toEqual({ part: "text" });
  expect(alteredContent(chunks("one two", "five", "two four"), row)).toEqual({ part: "text" });
  expect(alteredContent(chunks("one two", "one two", "two four"), row)).toEqual({ part: "text" });
  expect(alteredContent(chunks("one two three two four", "four", "four"), row)).toEqual({ part: "text" });
  expect(alteredContent([{ text: "one two three two four", payload: { ...payload, year: 1966 } }], row)).toEqual({
    part: "payload",
  });
});

it("compares payloads whatever the order of columns, and numbers beyond 2^53 that a store keeps as digits", () => {
  const stored = { big: String(2n ** 60n), year: 1965 };
  expect(alteredContent([{ text: row.content.text, payload: stored }], row)).toBeNull();
});

it("wants nothing of a row that is left out, and tells nothing of one that can't be made", () => {
  expect(alteredContent(chunks("one"), { isWanted: false, content: null })).toEqual({ part: "text" });
  expect(alteredContent(chunks("one"), { isWanted: true, content: null })).toBeNull();
});

it("names the chunk whose vector is another text's, and no vector that its text has in other company", async () => {
  const hash = "a".repeat(64);
  const towards = (angle: number) => Float32Array.from([Math.cos(angle), Math.sin(angle)]);
  const chunk = (key: string, place: number, angle: number): Point => ({
    ...{ id: `${key}${place}`, vector: towards(angle), text: place === 0 ? "one" : "two", payload: {} },
    metadata: {
      ...{ index: "books", table: "public.books", key, chunk: place, chunks: 2, partition: 0, rowHash: hash },
      ...{ textHash: hash, position: { epoch: 1, commitLsn: 1n, seq: 0 }, committedAt: 0, indexedAt: 0 },
    },
  });
  const points = new Map([
    ["sound", [chunk("sound", 0, 0), chunk("sound", 1, 0.3)]],
    ["foreign", [chunk("foreign", 0, 0), chunk("foreign", 1, 1.5)]],
  ]);
  const rows = [...points.keys()].map((key) => ({
    ...{ key, rowHash: hash, version: "1", isWanted: true },
    content: { text: "one two", payload: {} },
  }));
  const found = await alteredAmong(rows, {
    index: {
      async *whole() {
        yield await Promise.resolve(points);
      },
    },
    // One other text turns a vector a little, more turn it back.
    embed: (texts) => Promise.resolve(texts.map(() => towards(texts.length === 2 ? 0.2 : 0))),
    ...{ sample: 1, random: () => 0, onRows: () => undefined },
  });
  expect(found.map(({ difference: { kind, key } }) => [kind, key])).toEqual([["altered", "foreign"]]);
  const alteration = found[0]?.difference.alteration;
  expect(alteration).toMatchObject({ part: "vector", chunk: 1 });
  if (alteration?.part !== "vector") return;
  expect(alteration.cosine).toBeCloseTo(Math.cos(1.3));
  expect(alteration.ownCosine).toBeCloseTo(Math.cos(0.2));
});
