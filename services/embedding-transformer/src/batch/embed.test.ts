import { createLogger } from "@freshet/process/logger";
import { status } from "@grpc/grpc-js";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { BatchMetrics } from "./batch-metrics.js";
import { embedTexts } from "./embed.js";
import { StreamRecord } from "./stream-record.js";

it("refuses more texts than one response has room for, and asks no model", async () => {
  const identity = { name: "test", revision: "1", dtype: "fp32", dimensions: 4 };
  const embed = () => Promise.reject(new Error("the model was asked"));
  const embedder = { model: { identity, prefix: () => "" }, embed };
  const index = { name: "library", topic: "embeddings.library", table: "public.books", embedder };
  const metrics = new BatchMetrics(new Registry());
  const logger = createLogger({ name: "test", level: "silent", pretty: false });
  const texts = Array.from({ length: 1001 }, (_, place) => ({ id: "", text: `text ${place}` }));
  async function* requests() {
    yield await Promise.resolve({ index: "library", texts });
  }
  const stream = { requests: requests(), send: () => Promise.resolve(), signal: new AbortController().signal };
  const record = new StreamRecord({ metrics, logger, rpc: "embed", peer: "test" });
  await expect(embedTexts(stream, record, new Map([["library", index]]))).rejects.toMatchObject({
    code: status.INVALID_ARGUMENT,
    message: "A request takes 1000 texts, and this has 1001.",
  });
});
