import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { axis, newCollection, point, write } from "../contract/sample.js";
import { givenUrl, startPgvectorServer, type PgvectorServer } from "../testing/pgvector-server.js";
import { openPgvectorStore } from "./store.js";

const FEATURES = { fields: { shelf: "keyword" }, tenant: null, hybrid: true } as const;

let server: PgvectorServer;
beforeAll(async () => {
  server = await startPgvectorServer();
});
afterAll(() => server.stop());

// On a server that others use, they'd miss it meanwhile.
it.skipIf(givenUrl)("finds pgvector in a schema that isn't in the search path", async () => {
  await server.rows(`CREATE SCHEMA "its own"; CREATE EXTENSION vector SCHEMA "its own"`);
  const stores = [openPgvectorStore(server), openPgvectorStore({ ...server, quantization: "half" })];
  onTestFinished(async () => {
    for (const store of stores) await store.close();
  });
  for (const store of stores) {
    expect(await store.check()).toMatch(/^pgvector 0\./);
    const name = await newCollection(store, { features: FEATURES });
    const stored = point({ vector: axis(1), text: "a zeppelin", payload: { shelf: "top" } });
    await write(store, name, { upserts: [stored] });
    await store.finishLoad(name);
    const [hit] = await store.search(name, { vector: axis(1), k: 1, filter: { field: "shelf", equals: "top" } });
    expect(hit?.id).toBe(stored.id);
    expect(await store.search(name, { vector: axis(3), k: 1, text: "zeppelins" })).toMatchObject([{ id: stored.id }]);
    expect((await store.retrieve(name, [stored.id])).get(stored.id)?.vector).toEqual(stored.vector);
    await store.drop(name);
  }
});
