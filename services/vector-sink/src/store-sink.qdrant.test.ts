import { randomUUID } from "node:crypto";
import { env } from "node:process";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import type { RowKey } from "@freshet/schemas/row-key";
import { BatchItemsError, RetriableError } from "@freshet/streaming/errors";
import type { Message } from "@freshet/streaming/message";
import { openStore } from "@freshet/vector-stores/open-store";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";

const url = env["FRESHET_QDRANT_URL"];
const apiKey = env["FRESHET_QDRANT_API_KEY"];
const context = { gate: { check: () => undefined }, signal: new AbortController().signal };

function message(id: number, payload: Record<string, JsonValue>): Message<RowKey, EmbeddedMessage> {
  const key = { id };
  const position = { epoch: 1, commitLsn: BigInt(id), seq: 1 };
  return {
    key,
    value: {
      op: "upsert",
      source: { table: "public.books", key, position, rowHash: null, committedAt: Date.now() },
      model: { name: "test/model", revision: "f00d", dtype: "fp32", dimensions: 2 },
      chunks: [{ index: 0, text: "text", textHash: "hash", vector: Float32Array.of(1, id) }],
      payload,
    },
    headers: {},
    timestamp: 0,
    topic: "embeddings.books",
    partition: 0,
    offset: BigInt(id),
  };
}

async function openSink(address: string) {
  const index = `library_${randomUUID().slice(0, 8)}`;
  const store = await openStore({ kind: "qdrant", url: address, ...(apiKey ? { apiKey } : {}) });
  const metrics = new SinkMetrics(new Registry());
  const sink = new StoreSink({ index, storeName: "main", store, metrics, onApplied: () => undefined });
  return { index, store, sink };
}

describe.skipIf(!url)("at FRESHET_QDRANT_URL", () => {
  it("names the message whose row Qdrant refuses, and stores the others", async () => {
    const { index, store, sink } = await openSink(url ?? "");
    let nested: JsonValue = "too deep for Qdrant's parser";
    for (let depth = 0; depth < 200; depth += 1) nested = [nested];
    const write = sink.write([message(1, { a: 1 }), message(2, { nested }), message(3, { a: 3 })], context);
    const refused = await write.catch((error: unknown) => error);
    const collection = (await store.resolveAlias(index)) ?? "";
    onTestFinished(() => store.drop(collection));
    expect(refused).toBeInstanceOf(BatchItemsError);
    expect([...(refused as BatchItemsError).failures.keys()]).toEqual([1]);
    expect(await store.count(collection)).toBe(2);
  });
});

it("asks to be tried again while Qdrant isn't there", async () => {
  const { sink } = await openSink("http://127.0.0.1:9");
  await expect(sink.write([message(1, {})], context)).rejects.toThrow(RetriableError);
});
