import { parseEnvironment } from "@freshet/process/environment";
import { configurationSchema } from "@freshet/process/configuration";
import { BatchItemsError, RetriableError } from "@freshet/streaming/errors";
import { startPgvectorServer, type PgvectorServer } from "@freshet/vector-stores/testing/pgvector-server";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { closeStores, openStores } from "./open-stores.js";
import { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";
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

async function openSink(url: string) {
  const stores = await openConfigured({ FRESHET_PGVECTOR_URL: url });
  onTestFinished(() => closeStores(stores));
  const store = stores.get("main");
  if (!store) throw new Error("the store isn't open");
  const metrics = new SinkMetrics(new Registry());
  const sink = new StoreSink({
    index: INDEX,
    storeName: "main",
    store,
    distance: "dot",
    metrics,
    onApplied: () => undefined,
  });
  return { store, sink };
}

it("stores what Postgres takes, names the message that it refuses, and builds the index when the snapshot ends", async () => {
  const { store, sink } = await openSink(server.url);
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

  await sink.write([rowMessage(4, {}), snapshotEnd(3)], context);
  const left = await store.scroll(collection, 9, null);
  expect(left.points.map(({ metadata }) => metadata.key).sort()).toEqual(['{"id":3}', '{"id":4}']);
  const rows = await server.rows("SELECT FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%hnsw%'", [
    collection,
  ]);
  expect(rows).toHaveLength(1);
});

it("asks to be tried again while Postgres isn't there, and for its address before anything starts", async () => {
  const { sink } = await openSink("postgres://me@127.0.0.1:9/books");
  await expect(sink.write([rowMessage(1, {})], context)).rejects.toThrow(RetriableError);
  await expect(openConfigured({})).rejects.toThrow(/store main is a Postgres with pgvector: set FRESHET_PGVECTOR_URL/);
});
