import { afterAll } from "vitest";
import { openPgvectorStore } from "../pgvector/store.js";
import type { VectorStore } from "../vector-store.js";
import { startPgvectorServer, type PgvectorServer } from "./pgvector-server.js";

/** A store and its server, until the file's tests are over. */
export async function openTestStore(): Promise<{ readonly server: PgvectorServer; readonly store: VectorStore }> {
  const server = await startPgvectorServer();
  const store = openPgvectorStore(server);
  afterAll(async () => {
    await store.close();
    await server.stop();
  });
  return { server, store };
}
