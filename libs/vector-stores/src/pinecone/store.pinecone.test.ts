import { env } from "node:process";
import { describe } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { openPineconeStore } from "./store.js";

const apiKey = env["FRESHET_PINECONE_API_KEY"];
const url = env["FRESHET_PINECONE_URL"];

describe.skipIf(!apiKey)("with FRESHET_PINECONE_API_KEY", () => {
  describeVectorStore("Pinecone", () => Promise.resolve(openPineconeStore({ url, apiKey })));
});
