import { env } from "node:process";
import { describe } from "vitest";
import { describeVectorStore } from "../contract/vector-store-contract.js";
import { openWeaviateStore } from "./store.js";

const url = env["FRESHET_WEAVIATE_URL"];
const grpcUrl = env["FRESHET_WEAVIATE_GRPC_URL"] ?? "http://127.0.0.1:50051";
const apiKey = env["FRESHET_WEAVIATE_API_KEY"];

describe.skipIf(!url)("at FRESHET_WEAVIATE_URL", () => {
  describeVectorStore("Weaviate", () => openWeaviateStore({ url: url ?? "", grpcUrl, apiKey }));
});
