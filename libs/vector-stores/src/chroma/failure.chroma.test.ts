import { ChromaClient } from "chromadb";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { NO_FEATURES } from "../collection-spec.js";
import { axis, newCollection, point, VECTORS, write } from "../contract/sample.js";
import { StoreUnavailableError } from "../errors.js";
import { startChromaServer, type ChromaServer } from "../testing/chroma-server.js";
import { openChromaStore, type ChromaOptions } from "./store.js";

let server: ChromaServer;
beforeAll(async () => {
  server = await startChromaServer();
});
afterAll(() => server.stop());

const open = (options: Partial<ChromaOptions> = {}) =>
  openChromaStore({ url: server.url, apiKey: server.apiKey, ...options });
/** Of each point one list that matches. */
const FIELDS = { ...NO_FEATURES, fields: { tags: "keyword", sizes: "integer" } } as const;

it("keeps what it acknowledged when its server is killed, and says meanwhile that it's away", async ({ skip }) => {
  const { own } = server;
  if (!own) return skip("the server isn't ours to kill");
  const store = open({ requestTimeoutMs: 5_000 });
  const name = await newCollection(store);
  await store.swapAlias(`${name} alias`, name);
  const upserts = Array.from({ length: 1_500 }, (_, id) => point({ key: { id } }));
  await write(store, name, { upserts });
  await own.crash();
  await expect(write(store, name, { upserts })).rejects.toThrow(StoreUnavailableError);
  await server.restart();
  const ids = upserts.map(({ id }) => id);
  expect(await store.read(name, ids)).toEqual(new Map(upserts.map(({ id, metadata }) => [id, metadata])));
  expect(await store.resolveAlias(`${name} alias`)).toBe(name);
});

it("gives up a request to a server that doesn't answer", async ({ skip }) => {
  const { own } = server;
  if (!own) return skip("the server isn't ours to stop");
  process.kill(own.pid, "SIGSTOP");
  onTestFinished(() => void process.kill(own.pid, "SIGCONT"));
  await expect(open({ requestTimeoutMs: 300 }).list()).rejects.toThrow(StoreUnavailableError);
});

it("names the database that isn't there", async () => {
  await expect(open({ database: "nobodys" }).check()).rejects.toThrow(/has no database nobodys.*create it/);
});

it("makes collections with the graph's settings, and changes what can be changed", async () => {
  const name = await newCollection(open({ hnsw: { m: 8, efConstruction: 60, efSearch: 70 } }));
  const { hostname, port } = new URL(server.url);
  const client = new ChromaClient({ host: hostname, port: Number(port) });
  const graph = async () => (await client.getCollection({ name })).configuration.hnsw;
  expect(await graph()).toMatchObject({ max_neighbors: 8, ef_construction: 60, ef_search: 70 });
  const store = open({ hnsw: { m: 32, efSearch: 150 } });
  await store.ensureCollection({ name, ...VECTORS });
  expect(await graph()).toMatchObject({ max_neighbors: 8, ef_search: 150 });
  expect(await store.describe(name)).toEqual({ name, ...VECTORS });
  await store.drop(name);
});

it("finds nothing by a list of a collection that is gone, whose points' numbers Chroma gives to others", async () => {
  const store = open();
  const gone = await newCollection(store, { features: FIELDS });
  await write(store, gone, { upserts: [point({ payload: { tags: ["old"] } })] });
  await store.drop(gone);
  const name = await newCollection(store, { features: FIELDS });
  await write(store, name, { upserts: [point({ payload: { tags: "new" } })] });
  const found = async (tag: string) =>
    (await store.search(name, { vector: axis(0), k: 5, filter: { field: "tags", equals: tag } })).length;
  expect([await found("old"), await found("new")]).toEqual([0, 1]);
  await store.drop(name);
});

it("asks on where lists that don't match are nearer, and takes thousands of values", async () => {
  const store = open();
  const name = await newCollection(store, { features: FIELDS });
  const near = Array.from({ length: 60 }, (_, id) =>
    point({ key: { id }, vector: axis(0, id / 100), payload: { sizes: [1, 9] } }),
  );
  const far = point({ key: { id: "far" }, vector: axis(3), payload: { tags: ["a", "tag 1999"], sizes: [5] } });
  await write(store, name, { upserts: [...near, far] });
  const sizes = { field: "sizes", range: { gt: 1, lt: 9 } };
  const tags = { field: "tags", in: Array.from({ length: 2_000 }, (_, tag) => `tag ${tag}`) };
  for (const filter of [sizes, tags]) {
    const hits = await store.search(name, { vector: axis(0), k: 2, filter });
    expect(hits.map(({ id }) => id)).toEqual([far.id]);
  }
  await store.drop(name);
});
