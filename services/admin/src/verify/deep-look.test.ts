import type { Point } from "@freshet/vector-stores/vector-store";
import { expect, it } from "vitest";
import { deepLook } from "./deep-look.js";

const HASH = "a".repeat(64);
/** A topic's rows may have none. */
const hashOf = (key: string) => (key.startsWith("bare") ? "" : HASH);

function point(key: string, text: string, seq = 1): Point {
  return {
    ...{ id: key, vector: Float32Array.from([1]), text, payload: {} },
    metadata: {
      ...{ index: "books", table: "public.books", key, chunk: 0, chunks: 1, partition: 0, rowHash: hashOf(key) },
      ...{ textHash: HASH, position: { epoch: 1, commitLsn: 1n, seq }, committedAt: 0, indexedAt: 0 },
    },
  };
}

async function lookAt(texts: Readonly<Record<string, readonly [before: string, after: string]>>) {
  let passages = 0;
  const rows = Object.keys(texts).map((key) => ({
    ...{ key, rowHash: hashOf(key), version: "1", isWanted: key !== "left out" },
    content: key === "left out" ? null : { text: "right", payload: {} },
  }));
  const looking = deepLook({
    source: {
      keysAtOnce: 2,
      async *all() {
        yield await Promise.resolve(rows);
      },
      read: (keys) =>
        Promise.resolve(new Map(rows.filter(({ key }) => keys.includes(key)).map((row) => [row.key, row]))),
    },
    index: {
      async *whole(keys) {
        const pointsOf = (key: string) => {
          const [before, after] = texts[key] ?? ["", ""];
          return [passages > 0 ? point(key, after, before === after ? 1 : 1 + passages) : point(key, before)];
        };
        yield await Promise.resolve(new Map(keys.map((key) => [key, pointsOf(key)])));
      },
    },
    passed: () => {
      passages += 1;
      return Promise.resolve();
    },
    ...{ repair: null, embed: null, sample: 0, onRows: () => undefined },
  });
  const found: string[] = [];
  for await (const { differences, changing } of looking) {
    found.push(...differences.map(({ kind, key }) => `${kind} ${key}`));
    if (changing > 0) found.push(`${changing} changing`);
  }
  return found;
}

it("tells rows with the right label that are still wrong when the pipeline has gone on", async () => {
  const texts = { same: ["right", "right"], late: ["old", "right"], wrong: ["old", "old"] } as const;
  expect(await lookAt(texts)).toEqual(["altered wrong"]);
});

it("tells a row in the index that its condition leaves out", async () => {
  expect(await lookAt({ "left out": ["right", "right"] })).toEqual(["orphaned left out"]);
});

it("says nothing of a row without a hash that is written at every look", async () => {
  const texts = { "bare wrong": ["old", "old"], "bare changing": ["old", "newer"] } as const;
  expect(await lookAt(texts)).toEqual(["altered bare wrong", "1 changing"]);
});
