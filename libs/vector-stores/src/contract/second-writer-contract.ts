import { afterEach, beforeEach, expect, it } from "vitest";
import { StoreUnavailableError } from "../errors.js";
import type { Point, StoreBatch, VectorStore } from "../vector-store.js";
import { newCollection, point, write } from "./sample.js";

const ROWS = Array.from({ length: 80 }, (_, row) => row);
const VERSIONS = Array.from({ length: 12 }, (_, version) => version + 1);
const NEWEST = VERSIONS.length;
const MOST_CHUNKS = 4;

/** What two sinks do for a moment when one was frozen: the same rows, each as it found them. */
export function secondWriterContract(opened: () => VectorStore, open: () => Promise<VectorStore>): void {
  let store: VectorStore;
  let other: VectorStore;
  let name: string;
  beforeEach(async ({ skip }) => {
    store = opened();
    skip(!store.capabilities.versionGuard, "can't refuse an older position");
    skip(store.capabilities.singleProcess, "has one writer at most");
    other = await open();
    name = await newCollection(store);
  });
  afterEach(async () => {
    if (!store.capabilities.versionGuard || store.capabilities.singleProcess) return;
    await store.drop(name);
    await other.close();
  });

  it("ends with the newest of what two writers write at once, in any order", async () => {
    expect(await other.describe(name)).not.toBeNull();
    const writing = async (writer: VectorStore, random: () => number) => {
      const versions = ROWS.map(() => shuffled(VERSIONS, random));
      for (const turn of VERSIONS.keys()) {
        const batches = shuffled(ROWS, random).map((row) => versionOf(row, versions[row]?.[turn] ?? NEWEST));
        await insist(writer, name, joined(batches));
      }
    };
    await Promise.all([writing(store, generator(1)), writing(other, generator(2))]);

    const newest = joined(ROWS.map((row) => versionOf(row, NEWEST)));
    const ids = newest.upserts.map(({ id }) => id);
    const expected = new Map(newest.upserts.map(({ id, metadata }) => [id, metadata]));
    expect(await store.read(name, ids)).toEqual(expected);

    // A chunk that the newest version hasn't may have come after its deletion; whoever takes over writes that version again.
    await insist(other, name, newest);
    expect(await store.read(name, ids)).toEqual(expected);
    expect(await store.count(name)).toBe(ids.length);
  });
}

/** A version of a row, with fewer or more chunks than the one before. */
function versionOf(row: number, version: number): StoreBatch {
  const chunks = ((row + version) % MOST_CHUNKS) + 1;
  const all = Array.from({ length: MOST_CHUNKS }, (_, chunk) =>
    point({ key: { row }, chunk, chunks, lsn: BigInt(version), text: `version ${version}` }),
  );
  const deleted = ({ id, metadata }: Point) => ({ id, position: metadata.position });
  return { upserts: all.slice(0, chunks), payloads: [], deletes: all.slice(chunks).map(deleted) };
}

function joined(batches: readonly StoreBatch[]): StoreBatch {
  return {
    upserts: batches.flatMap(({ upserts }) => upserts),
    payloads: [],
    deletes: batches.flatMap(({ deletes }) => deletes),
  };
}

/** As the sink does: two that lock the same rows in two orders may be told apart by the server. */
async function insist(store: VectorStore, collection: string, batch: StoreBatch): Promise<void> {
  for (;;) {
    try {
      await write(store, collection, batch);
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
    }
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The same numbers each time. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
