import { env } from "node:process";
import { describe } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { openMilvusStore } from "./store.js";

const url = env["FRESHET_MILVUS_URL"];
const apiKey = env["FRESHET_MILVUS_API_KEY"];

describe.skipIf(!url)("at FRESHET_MILVUS_URL", () => {
  describeVectorStore("Milvus", () => Promise.resolve(openMilvusStore({ url: url ?? "", apiKey })));
});
