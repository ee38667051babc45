import { randomUUID } from "node:crypto";
import { env } from "node:process";
import type { JsonValue } from "@freshet/schemas/lossless-json";
import { BatchItemsError, FatalError, RetriableError } from "@freshet/streaming/errors";
import { openQdrantStore } from "@freshet/vector-stores/qdrant/store";
import { Registry } from "prom-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";
import { context, rowMessage } from "./testing/messages.js";

const url = env["FRESHET_QDRANT_URL"];
const apiKey = env["FRESHET_QDRANT_API_KEY"];
function openSink(address: string) {
  const index = `library_${randomUUID().slice(0, 8)}`;
  const store = openQdrantStore({ url: address, apiKey });
  const metrics = new SinkMetrics(new Registry());
  const sink = new StoreSink({ index, storeName: "main", store, metrics, onApplied: () => undefined });
  return { index, store, sink };
}

describe.skipIf(!url)("at FRESHET_QDRANT_URL", () => {
  it("names the message whose row Qdrant refuses, and stores the others", async () => {
    const { index, store, sink } = openSink(url ?? "");
    let nested: JsonValue = "too deep for Qdrant's parser";
    for (let depth = 0; depth < 200; depth += 1) nested = [nested];
    const write = sink.write([rowMessage(1, { a: 1 }), rowMessage(2, { nested }), rowMessage(3, { a: 3 })], context);
    const refused = await write.catch((error: unknown) => error);
    const collection = (await store.resolveAlias(index)) ?? "";
    onTestFinished(() => store.drop(collection));
    expect(refused).toBeInstanceOf(BatchItemsError);
    expect([...(refused as BatchItemsError).failures.keys()]).toEqual([1]);
    expect(await store.count(collection)).toBe(2);
  });

  it("ends with the cure when somebody deletes the collection", async () => {
    const { index, store, sink } = openSink(url ?? "");
    await sink.write([rowMessage(1, {})], context);
    await openQdrantStore({ url: url ?? "", apiKey }).drop((await store.resolveAlias(index)) ?? "");
    const error = await sink.write([rowMessage(2, {})], context).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FatalError);
    expect(String(error)).toContain("Start the vector-sink again");
  });
});

it("asks to be tried again while Qdrant isn't there", async () => {
  const { sink } = openSink("http://127.0.0.1:9");
  await expect(sink.write([rowMessage(1, {})], context)).rejects.toThrow(RetriableError);
});
