import { afterAll, beforeAll } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { startChromaServer, type ChromaServer } from "../testing/chroma-server.js";
import { openChromaStore } from "./store.js";

let server: ChromaServer | undefined;
beforeAll(async () => {
  server = await startChromaServer();
});
afterAll(() => server?.stop());

describeVectorStore("Chroma", () => {
  if (!server) throw new Error("the server isn't there");
  const { url, apiKey } = server;
  return Promise.resolve(openChromaStore({ url, apiKey }));
});
