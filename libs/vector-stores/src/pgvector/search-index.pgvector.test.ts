import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { MODEL, newCollection, point, TABLE, write } from "../contract/sample.js";
import { givenUrl, startPgvectorServer, type PgvectorServer } from "../testing/pgvector-server.js";
import type { VectorStore } from "../vector-store.js";
import { openPgvectorStore } from "./store.js";

let server: PgvectorServer;
let store: VectorStore;
beforeAll(async () => {
  server = await startPgvectorServer();
  store = openPgvectorStore(server);
});
afterAll(async () => {
  await store.close();
  await server.stop();
});

const INDEXES = `SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AS valid FROM pg_index
  WHERE indexrelid::regclass::text LIKE $1`;
const indexesOf = (name: string) => server.rows(INDEXES, [`%${name}.hnsw%`]);

it.each([
  ["cosine", 8, "vector_cosine_ops"],
  ["dot", 8, "vector_ip_ops"],
  ["euclid", 8, "vector_l2_ops"],
  ["cosine", 2_500, "halfvec_cosine_ops"],
] as const)(
  "builds the index of %s over %i dimensions when the load is done",
  async (distance, dimensions, operators) => {
    const name = await newCollection(store, { model: { ...MODEL, dimensions }, distance });
    onTestFinished(() => store.drop(name));
    const vector = (id: number) => Float32Array.from({ length: dimensions }, (_, place) => (place === id ? 1 : 0));
    await write(store, name, { upserts: [0, 1, 2].map((id) => point({ key: { id }, vector: vector(id) })) });
    expect(await indexesOf(name)).toEqual([]);
    await store.finishLoad(name);
    expect(await indexesOf(name)).toMatchObject([
      { definition: expect.stringContaining(operators) as string, valid: true },
    ]);
    const [hit] = await store.search(name, { vector: vector(1), k: 1 });
    expect(hit?.metadata.key).toBe('{"id":1}');
  },
);

it("takes vectors that no index holds, and searches them one by one", async () => {
  const model = { ...MODEL, dimensions: 4_001 };
  const name = await newCollection(store, { model });
  onTestFinished(() => store.drop(name));
  await write(store, name, { upserts: [point({ vector: new Float32Array(4_001).fill(1) })] });
  await store.finishLoad(name);
  expect(await indexesOf(name)).toEqual([]);
  expect(await store.search(name, { vector: new Float32Array(4_001).fill(2), k: 1 })).toMatchObject([{ score: 1 }]);
});

it("builds an index anew whose build was cut short", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  await store.finishLoad(name);
  await server.rows("UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text LIKE $1", [
    `%${name}.hnsw%`,
  ]);
  await store.finishLoad(name);
  expect(await indexesOf(name)).toMatchObject([{ valid: true }]);
});

describe.skipIf(!givenUrl)("at FRESHET_PGVECTOR_URL", () => {
  it("ends with the newest of what two writers write at once, while the index is built", async () => {
    const name = await newCollection(store);
    const other = openPgvectorStore(server);
    onTestFinished(async () => {
      await other.close();
      await store.drop(name);
    });
    const points = (lsn: number) =>
      Array.from({ length: 700 }, (_, id) => point({ key: { id }, lsn: BigInt(lsn), text: `version ${lsn}` }));
    const writer = async (of: VectorStore, first: number) => {
      for (let lsn = first; lsn <= 20; lsn += 2) {
        // Two that lock the same rows in two orders are told apart by the server; the sink tries again.
        await expect
          .poll(() =>
            write(of, name, { upserts: points(lsn) }).then(
              () => "written",
              (error: unknown) => (error as Error).name,
            ),
          )
          .toBe("written");
      }
    };
    await Promise.all([writer(store, 2), writer(other, 1), store.finishLoad(name), other.finishLoad(name)]);
    const stored = await store.read(
      name,
      points(20).map(({ id }) => id),
    );
    expect(new Set([...stored.values()].map(({ position }) => position.commitLsn))).toEqual(new Set([20n]));
    expect(await indexesOf(name)).toMatchObject([{ valid: true }]);
  });

  it("keeps payload updates away from the vectors' index", async () => {
    const name = await newCollection(store);
    onTestFinished(() => store.drop(name));
    const upserts = Array.from({ length: 300 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    await store.finishLoad(name);
    const payloads = upserts.map(({ id, text, metadata }) => ({ id, text, metadata, payload: { changed: true } }));
    await write(store, name, { payloads });
    const statistics =
      "SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = $1";
    await expect
      .poll(async () => (await server.rows(statistics, [name]))[0]?.["updated"], { timeout: 20_000 })
      .toBe(300);
    const [counts] = await server.rows(statistics, [name]);
    expect(Number(counts?.["hot"])).toBeGreaterThan(270);
    await store.deleteOlder(
      name,
      { table: TABLE, partition: 0, position: { epoch: 9, commitLsn: 0n, seq: 0 } },
      () => undefined,
    );
    expect(await store.count(name)).toBe(0);
  });
});
