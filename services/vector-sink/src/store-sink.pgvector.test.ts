import { configurationSchema } from "@freshet/process/configuration";
import { parseEnvironment } from "@freshet/process/environment";
import { createLogger } from "@freshet/process/logger";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { addTableRows, type TableRows } from "@freshet/schemas/row-counts";
import type { RowKey } from "@freshet/schemas/row-key";
import { BatchItemsError, FatalError, RetriableError } from "@freshet/streaming/errors";
import type { Message } from "@freshet/streaming/message";
import { startPgvectorServer, type PgvectorServer } from "@freshet/vector-stores/testing/pgvector-server";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { IndexBuild } from "./index-build.js";
import { closeStores, openStores } from "./open-stores.js";
import { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";
import { upsert } from "./testing/documents.js";
import { context, rowMessage, snapshotEnd } from "./testing/messages.js";

const INDEX = "library";
let server: PgvectorServer;
beforeAll(async () => {
  server = await startPgvectorServer();
});
afterAll(() => server.stop());

async function openConfigured(variables: Record<string, string>) {
  const configuration = configurationSchema.parse({
    source: { tables: ["public.books"] },
    models: { small: { provider: "local", name: "test/model" } },
    stores: { main: { kind: "pgvector", schema: server.schema, distance: "dot" } },
    indexes: { [INDEX]: { table: "public.books", text: "{{ title }}", model: "small", stores: ["main"] } },
  });
  return openStores(configuration, parseEnvironment(variables, { name: "vector-sink", defaultPort: 0 }));
}

async function openSink(url: string, index = INDEX) {
  const stores = await openConfigured({ FRESHET_PGVECTOR_URL: url });
  onTestFinished(() => closeStores(stores));
  const store = stores.get("main");
  if (!store) throw new Error("the store isn't open");
  let counted: TableRows = {};
  const sink: StoreSink = new StoreSink({
    ...{ index, storeName: "main", store, distance: "dot", metrics: new SinkMetrics(new Registry()) },
    onApplied: () => undefined,
    onRows: (_, tables) => (counted = addTableRows(counted, tables)),
    onSnapshotEnd: (sentAt) => build.snapshotEnded(sentAt),
  });
  const logger = createLogger({ name: "test", level: "silent", pretty: false });
  const { collection } = sink;
  const build = new IndexBuild({ index, storeName: "main", store, collection, logger });
  return { store, sink, build, logger, counted: () => counted["public.books"] };
}

/** Until the end of the test. */
function run(build: IndexBuild): void {
  const stop = new AbortController();
  const ended = build.run(stop.signal);
  onTestFinished(() => {
    stop.abort();
    return ended;
  });
}

const indexesOf = (collection: string) =>
  server.rows("SELECT FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%hnsw%'", [collection]);

it("stores what Postgres takes, names the message that it refuses, and builds the index when the snapshot ends", async () => {
  const { store, sink, build, counted } = await openSink(server.url);
  const messages = [
    rowMessage(1, { a: 1 }),
    rowMessage(2, { a: "\0" }),
    rowMessage(3, { a: 3 }),
    rowMessage(5, { "\0": 5 }),
  ];
  const refused = await sink.write(messages, context).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(BatchItemsError);
  const { failures } = refused as BatchItemsError;
  expect([...failures.keys()]).toEqual([1, 3]);
  expect(new Set([...failures.values()].map(({ message }) => message)).size).toBe(2);
  const collection = (await store.resolveAlias(INDEX)) ?? "";
  expect(await store.describe(collection)).toMatchObject({ distance: "dot" });
  expect(await store.count(collection)).toBe(2);
  // As the streaming library does: without those that were named.
  await sink.write(
    messages.filter((_, place) => !failures.has(place)),
    context,
  );
  expect(counted()).toMatchObject({ created: 2, failed: 2, unchanged: 0 });

  run(build);
  await sink.write([rowMessage(4, {}), { ...snapshotEnd(3), timestamp: Date.now() }], context);
  const left = await store.scroll(collection, 9, null);
  expect(left.points.map(({ metadata }) => metadata.key).sort()).toEqual(['{"id":3}', '{"id":4}']);
  await vi.waitFor(async () => expect(await indexesOf(collection)).toHaveLength(1), 20_000);
});

it("builds the index of rows without a snapshot when no more come", async () => {
  const { store, sink, logger } = await openSink(server.url, "fed");
  const { collection } = sink;
  run(new IndexBuild({ index: "fed", storeName: "main", store, collection, logger, windowMs: 200 }));
  await sink.write([rowMessage(1, {}), rowMessage(2, {})], context);
  const name = (await collection.find())?.name ?? "";
  await vi.waitFor(async () => expect(await indexesOf(name)).toHaveLength(1), 20_000);
});

it("ends with the cure when somebody deletes the collection, whatever comes next", async () => {
  const { store, sink } = await openSink(server.url, "deleted");
  await sink.write([rowMessage(1, {})], context);
  const somebody = await openSink(server.url);
  await somebody.store.drop((await store.resolveAlias("deleted")) ?? "");
  for (const messages of [[rowMessage(2, {})], [rowMessage(2, {}), rowMessage(3, {})], [snapshotEnd(9)]]) {
    const error = await sink.write(messages, context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FatalError);
    expect(String(error)).toMatch(/deleted isn't in store main any more.*Start the vector-sink again/);
  }
});

it("asks to be tried again while Postgres isn't there, and for its address before anything starts", async () => {
  const { sink } = await openSink("postgres://me@127.0.0.1:9/books");
  await expect(sink.write([rowMessage(1, {})], context)).rejects.toThrow(RetriableError);
  await expect(openConfigured({})).rejects.toThrow(/store main is a Postgres with pgvector: set FRESHET_PGVECTOR_URL/);
});

it("brings a row's own vector when a late writer came between what was read and the payload update", async () => {
  const index = "raced";
  const { store, sink } = await openSink(server.url, index);
  const { sink: late } = await openSink(server.url, index);
  const version = (lsn: number, text: string): Message<RowKey, EmbeddedMessage> => ({
    ...upsert(1, lsn, [text]),
    ...{ headers: {}, timestamp: 0, topic: `embeddings.${index}`, offset: BigInt(lsn) },
  });
  await sink.write([version(1, "one")], context);
  const read = store.read.bind(store);
  vi.spyOn(store, "read").mockImplementationOnce(async (collection, ids) => {
    const found = await read(collection, ids);
    await late.write([version(2, "other")], context);
    return found;
  });
  await expect(sink.write([version(3, "one")], context)).rejects.toThrow(RetriableError);
  await sink.write([version(3, "one")], context);

  const collection = (await store.resolveAlias(index)) ?? "";
  const { points } = await store.scroll(collection, 9, null);
  const stored = await store.retrieve(
    collection,
    points.map(({ id }) => id),
  );
  expect([...stored.values()]).toMatchObject([{ text: "one", vector: Float32Array.of(1, "one".length, 0) }]);
});
