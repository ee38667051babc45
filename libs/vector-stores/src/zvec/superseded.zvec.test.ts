import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { NO_FEATURES } from "../collection-spec.js";
import { MODEL, point, TABLE, VECTORS, write } from "../contract/sample.js";
import type { Point, VectorStore } from "../vector-store.js";
import { openZvecStore } from "./store.js";

const BOOKS = 3_000;
const HYBRID = { ...NO_FEATURES, fields: { year: "integer" }, hybrid: true } as const;

async function open(directory: string): Promise<VectorStore> {
  const store = await openZvecStore({ directory });
  onTestFinished(() => store.close());
  return store;
}

/** Its vector is like no other's. */
function book(id: number, lsn: bigint): Point {
  const vector = Float32Array.from({ length: MODEL.dimensions }, (_, place) => {
    const noise = Math.sin(id * 12.9898 + place * 78.233 + Number(lsn) * 37.719) * 43_758.5453;
    return noise - Math.floor(noise) - 0.5;
  });
  return point({ key: { id }, lsn, vector, payload: { year: id }, partition: id % 50 === 7 ? 1 : 0 });
}

/** Loads them all, then replaces some, deletes some, and deletes a partition of few; gives what is to be there. */
async function load(store: VectorStore, lsn: bigint): Promise<Map<string, Point>> {
  const upserts = Array.from({ length: BOOKS }, (_, id) => book(id, lsn));
  await write(store, "books", { upserts });
  const replaced = Array.from({ length: 60 }, (_, place) => book(place * 31, lsn + 1n));
  await write(store, "books", { upserts: replaced });
  const payloads = Array.from({ length: 20 }, (_, place) => ({ ...book(place * 17 + 1_900, lsn), text: "Changed" }));
  await write(store, "books", { payloads });
  const deleted = Array.from({ length: 40 }, (_, place) => book(place * 23 + 11, lsn));
  await write(store, "books", { deletes: deleted.map(({ id }) => ({ id, position: null })) });
  const position = { epoch: 1, commitLsn: lsn + 2n, seq: 0 };
  await store.deleteOlder("books", { table: TABLE, partition: 1, position }, () => undefined);

  const there = new Map([...upserts, ...replaced, ...payloads].map((stored) => [stored.id, stored]));
  for (const { id } of deleted) there.delete(id);
  return new Map([...there].filter(([, { metadata }]) => metadata.partition !== 1));
}

async function expectAll(store: VectorStore, points: ReadonlyMap<string, Point>): Promise<void> {
  expect(await store.count("books")).toBe(points.size);
  const wrong: string[] = [];
  for (const { id, vector } of [...points.values()].filter((_, place) => place % 10 === 0)) {
    const [nearest] = await store.search("books", { vector, k: 1 });
    if (nearest?.id !== id) wrong.push(id);
  }
  expect(wrong).toEqual([]);
  const found = await store.retrieve("books", [...points.keys()]);
  const others = [...points.values()].filter(({ id, text, vector }) => {
    const stored = found.get(id);
    return stored?.text !== text || vector.some((part, place) => Math.abs(part - (stored.vector[place] ?? NaN)) > 1e-5);
  });
  expect(others).toEqual([]);
}

it.each([
  ["hybrid", HYBRID],
  ["plain", NO_FEATURES],
])(
  "keeps each point with its vector when some were replaced and deleted before the index is built: %s",
  async (_what, features) => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-zvec-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const first = await openZvecStore({ directory });
    await first.ensureCollection({ name: "books", ...VECTORS, features });
    expect([await first.count("books"), (await first.scroll("books", 10, null)).points]).toEqual([0, []]);
    // Nothing to build yet, and nothing that is built later may suffer from it.
    await first.finishLoad("books");
    const loaded = await load(first, 100n);
    await first.finishLoad("books");
    await expectAll(first, loaded);
    await first.close();

    const again = await open(directory);
    await expectAll(again, loaded);
    for (const partition of [0, 1]) {
      const position = { epoch: 2, commitLsn: 0n, seq: 0 };
      await again.deleteOlder("books", { table: TABLE, partition, position }, () => undefined);
    }
    expect(await again.count("books")).toBe(0);
    await again.finishLoad("books");
    const reloaded = await load(again, 200n);
    await again.finishLoad("books");
    await expectAll(again, reloaded);
  },
);
