import { env } from "node:process";
import { describe } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { openQdrantStore } from "./store.js";

const url = env["FRESHET_QDRANT_URL"];
const apiKey = env["FRESHET_QDRANT_API_KEY"];

describe.skipIf(!url)("at FRESHET_QDRANT_URL", () => {
  describeVectorStore("Qdrant", () => {
    return Promise.resolve(openQdrantStore({ url: url ?? "", ...(apiKey ? { apiKey } : {}) }));
  });
});
