import { afterAll } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { startPgvectorServer, type PgvectorServer } from "../testing/pgvector-server.js";
import { openPgvectorStore } from "./store.js";

let server: PgvectorServer | undefined;
afterAll(() => server?.stop());

describeVectorStore("pgvector", async () => {
  server ??= await startPgvectorServer();
  return openPgvectorStore(server);
});
