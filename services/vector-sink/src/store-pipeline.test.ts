import { controlKey } from "@freshet/schemas/control-message";
import type { EmbeddedMessage, UpsertDocument } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";
import { nullable, text } from "@freshet/streaming/codecs";
import { BatchItemsError, RetriableError } from "@freshet/streaming/errors";
import { RecordingSink } from "@freshet/streaming/testing/recording-sink";
import { TopologyTestDriver } from "@freshet/streaming/testing/topology-test-driver";
import { expect, it } from "vitest";
import { embeddingsInput } from "./embeddings-input.js";
import { addStorePipeline } from "./store-pipeline.js";

const input = embeddingsInput("books");
const position = { epoch: 1, commitLsn: 100n, seq: 1 };

function startPipeline() {
  const driver = new TopologyTestDriver();
  const store = new RecordingSink<RowKey, EmbeddedMessage>();
  addStorePipeline(driver, input, store);
  return { driver, store };
}

function upsert(id: number, vector = Float32Array.of(1, 2)): { key: RowKey; value: UpsertDocument } {
  const key = { id };
  const source = { table: "public.books", key, position, rowHash: "hash", committedAt: 1 };
  const model = { name: "m", revision: "1", dtype: "fp32", dimensions: 2 };
  const chunks = [{ index: 0, text: "text", textHash: "text's hash", vector }];
  return { key, value: { op: "upsert", source, model, chunks, payload: { id } } };
}

it("hands every kind of message to the store, decoded and in order", async () => {
  const { driver, store } = startPipeline();
  const written = upsert(1);
  const { source } = written.value;
  const records: { key: RowKey; value: EmbeddedMessage }[] = [
    written,
    { key: written.key, value: { op: "delete", source } },
    { key: written.key, value: { op: "tombstone", position } },
    { key: controlKey("truncate"), value: { op: "truncate", table: "public.books", position, committedAt: 2 } },
    { key: controlKey("snapshot-end"), value: { op: "snapshot-end", table: "public.books", position, committedAt: 3 } },
  ];
  const { deadLetters } = await driver.pipe(input, records);
  expect(deadLetters).toEqual([]);
  expect(store.messages.map(({ key, value }) => ({ key, value }))).toEqual(records);
});

it("keeps from the store what it could never store, and goes on behind it", async () => {
  const { driver, store } = startPipeline();
  const raw = { ...input, key: nullable(text), value: text };
  const unreadable = await driver.pipe(raw, [
    { key: '{"id":1}', value: "no document" },
    { key: null, value: '{"op":"upsert"}' },
  ]);
  const late = upsert(5).value;
  const unstorable = await driver.pipe(input, [
    upsert(2, Float32Array.of(1, 2, 3)),
    upsert(3, Float32Array.of(1, NaN)),
    { key: { id: 5 }, value: { ...late, source: { ...late.source, committedAt: 1e300 } } },
    upsert(4),
  ]);
  expect(unreadable.deadLetters.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("JSON"),
    "a message without a key names no row",
  ]);
  expect(unstorable.deadLetters.map(({ reason }) => reason)).toEqual([
    "the vector of chunk 0 has 3 dimensions, its model 2",
    "the vector of chunk 0 holds NaN or infinity",
    "1e+300 ms is no time of a commit",
  ]);
  expect(store.messages.map(({ key }) => key)).toEqual([{ id: 4 }]);
  expect(driver.committed(input)).toEqual(new Map([[0, 6n]]));
});

it("writes a batch again that the store can't take for now, without the rows that it never takes", async () => {
  const { driver, store } = startPipeline();
  store.failNext(new RetriableError("the store is away"), new BatchItemsError(new Map([[1, new Error("refused")]])));
  const { deadLetters } = await driver.pipe(input, [upsert(1), upsert(2), upsert(3)]);
  expect(store.batches.map((batch) => batch.map(({ key }) => key["id"]))).toEqual([[1, 3]]);
  expect(deadLetters).toMatchObject([{ record: { offset: 1n }, reason: "refused", attempts: 2 }]);
});
