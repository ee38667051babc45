import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { DIMENSIONS, MODEL, newCollection, point, TABLE, write } from "../contract/sample.js";
import { openTestStore } from "../testing/pgvector-store.js";
import type { VectorStore } from "../vector-store.js";
import { quotedTable } from "./collection.js";
import { openPgvectorStore } from "./store.js";

const { server, store } = await openTestStore();

const INDEXES = `SELECT pg_get_indexdef(indexrelid) AS definition, indisvalid AS valid FROM pg_index
  WHERE indexrelid::regclass::text LIKE $1 AND NOT indisprimary ORDER BY 1`;
const indexesOf = (name: string) => server.rows(INDEXES, [`%${name}.%`]);

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

it.each([
  ["half", "halfvec_cosine_ops", { m: 8, efConstruction: 32 }],
  ["binary", "bit_hamming_ops", { m: 24 }],
] as const)(
  "makes another index when a load is done after the settings were changed to %s",
  async (quantization, operators, hnsw) => {
    const name = await newCollection(store);
    const changed = openPgvectorStore({
      ...server,
      quantization,
      hnsw: { ...hnsw, efSearch: 40 },
      maintenanceWorkMem: "64MB",
    });
    onTestFinished(async () => {
      await changed.close();
      await store.drop(name);
    });
    const upserts = Array.from({ length: 600 }, (_, id) => point({ key: { id } }));
    await write(store, name, { upserts });
    await store.finishLoad(name);
    const query = upserts[7]?.vector ?? new Float32Array();
    const exact = (await store.search(name, { vector: query, k: 5 })).map(({ id, score }) => ({
      id,
      score: expect.closeTo(score, 5) as number,
    }));
    // Of bits alone, whose nearest are ranked again, only the first is sure.
    const sure = quantization === "half" ? 5 : 1;
    const found = async () =>
      (await changed.search(name, { vector: query, k: 5 })).map(({ id, score }) => ({ id, score }));
    expect((await found()).slice(0, sure)).toEqual(exact.slice(0, sure));
    await changed.finishLoad(name);
    const [index, ...others] = await indexesOf(name);
    expect(index?.["definition"]).toContain(operators);
    expect(index?.["definition"]).toMatch(new RegExp(`WITH \\(m='${hnsw.m}'`));
    expect(others).toEqual([]);
    expect((await found()).slice(0, sure)).toEqual(exact.slice(0, sure));
  },
);

it("leaves an index that somebody else made", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  const schema = pg.escapeIdentifier(server.schema);
  await server.rows(`CREATE INDEX "${name}.mine" ON ${schema}.${name} (row_key)`);
  await store.finishLoad(name);
  expect((await indexesOf(name)).map(({ definition }) => String(definition)).join()).toMatch(
    /row_key.*hnsw|hnsw.*row_key/,
  );
});

it("builds an index anew whose build was cut short", async () => {
  const name = await newCollection(store);
  onTestFinished(() => store.drop(name));
  await store.finishLoad(name);
  await server.rows("UPDATE pg_index SET indisvalid = false WHERE indexrelid::regclass::text LIKE $1", [`%${name}.%`]);
  await store.finishLoad(name);
  expect(await indexesOf(name)).toMatchObject([{ valid: true }]);
});

/** Who found another at it. */
const WAITING = `SELECT FROM pg_stat_activity
  WHERE query LIKE 'SELECT pg_try_advisory_lock%' AND state = 'idle' AND datname = current_database()`;

it("makes anew an index whose build somebody killed", async () => {
  const name = await newCollection(store);
  const holder = new pg.Client(server.url);
  await holder.connect();
  onTestFinished(async () => {
    await holder.end();
    await store.drop(name);
  });
  // A build waits for transactions that began before it.
  await holder.query(
    `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM ${pg.escapeIdentifier(server.schema)}.${name}`,
  );
  const leaving = new AbortController();
  const left = store.finishLoad(name, leaving.signal);
  await expect.poll(() => indexesOf(name)).toMatchObject([{ valid: false }]);
  // Another sink's ends when there is an index, whoever makes it.
  const another = store.finishLoad(name);
  await expect.poll(() => server.rows(WAITING)).toHaveLength(1);
  leaving.abort();
  await expect(left).rejects.toThrow();
  const killed = await server.rows(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND query LIKE $1 AND pid <> pg_backend_pid()",
    [`%${name}%`],
  );
  expect(killed).toHaveLength(1);
  await holder.query("COMMIT");
  await another;
  expect(await indexesOf(name)).toMatchObject([{ valid: true }]);
});

it("stops waiting for another's build when it is aborted", async () => {
  const name = await newCollection(store);
  const holder = new pg.Client(server.url);
  await holder.connect();
  onTestFinished(async () => {
    await holder.end();
    await store.drop(name);
  });
  const table = quotedTable(server.schema, name);
  await holder.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [table]);
  const leaving = new AbortController();
  const left = store.finishLoad(name, leaving.signal);
  await expect.poll(() => server.rows(WAITING)).toHaveLength(1);
  leaving.abort();
  await expect(left).rejects.toThrow();
  expect(await indexesOf(name)).toEqual([]);
});

it("finds by words and a filter what a scan of the index doesn't come to", async () => {
  const features = { fields: {}, tenant: null, hybrid: true } as const;
  const name = await newCollection(store, { features });
  const options = ["hnsw.max_scan_tuples=1", "hnsw.ef_search=1", "enable_seqscan=off", "enable_sort=off"];
  const url = new URL(server.url);
  url.searchParams.set("options", options.map((option) => `-c ${option}`).join(" "));
  const impatient = openPgvectorStore({ ...server, url: String(url), hnsw: { efSearch: 1 } });
  onTestFinished(async () => {
    await impatient.close();
    await store.drop(name);
  });
  const vector = (near: boolean) =>
    Float32Array.from({ length: DIMENSIONS }, (_, place) => (near === place > 0 ? 1 : 0));
  const upserts = Array.from({ length: 600 }, (_, id) =>
    point({ key: { id }, vector: vector(id >= 3), payload: { rare: id < 3 } }),
  );
  await write(store, name, { upserts });
  await store.finishLoad(name);
  const filter = { field: "rare", equals: true } as const;
  const hits = await impatient.search(name, { vector: vector(true), k: 3, filter, text: "unheard" });
  expect(hits).toHaveLength(3);
});

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

it("keeps payload updates away from the indexes of vectors, terms and fields that stay as they are", async () => {
  const features = { fields: { shelf: "keyword", year: "integer" }, tenant: "shelf", hybrid: true } as const;
  const name = await newCollection(store, { features });
  onTestFinished(() => store.drop(name));
  const kept = { shelf: "top", year: 1965 };
  const upserts = Array.from({ length: 300 }, (_, id) => point({ key: { id }, payload: kept }));
  await write(store, name, { upserts });
  await store.finishLoad(name);
  const payloads = upserts.map(({ id, text, metadata }) => ({
    id,
    text,
    metadata,
    payload: { ...kept, changed: true },
  }));
  await write(store, name, { payloads });
  const statistics =
    "SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = $1";
  await expect.poll(async () => (await server.rows(statistics, [name]))[0]?.["updated"], { timeout: 20_000 }).toBe(300);
  const [counts] = await server.rows(statistics, [name]);
  expect(Number(counts?.["hot"])).toBeGreaterThan(270);
  await store.deleteOlder(
    name,
    { table: TABLE, partition: 0, position: { epoch: 9, commitLsn: 0n, seq: 0 } },
    () => undefined,
  );
  expect(await store.count(name)).toBe(0);
});
