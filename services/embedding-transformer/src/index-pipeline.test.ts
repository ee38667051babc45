import { type Embedding, ModelUnavailableError, type EmbeddingModel } from "@freshet/embeddings/embedding-model";
import type { ChangeEvent } from "@freshet/schemas/change-event";
import { controlKey } from "@freshet/schemas/control-message";
import type { RowKey } from "@freshet/schemas/row-key";
import { text } from "@freshet/streaming/codecs";
import { TopologyTestDriver } from "@freshet/streaming/testing/topology-test-driver";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { documentRules } from "./document.js";
import { addIndexPipeline } from "./index-pipeline.js";
import { createMetrics } from "./metrics.js";
import { TextEmbedder } from "./text-embedder.js";
import { changesOf, documentsOf } from "./topics.js";
import { VectorCache } from "./vector-cache.js";

const input = changesOf("cdc.public.books");
const output = documentsOf("embeddings.library");

/** Counts letters: what the pipeline does with vectors is the same for each of them. */
class LengthModel implements EmbeddingModel {
  readonly identity = { name: "length", revision: "1", dtype: "fp32", dimensions: 1 };
  readonly maxTokens = 512;
  readonly batches: (readonly string[])[] = [];
  failures = 0;
  prefix = () => "";
  close = () => Promise.resolve();

  countTokens(texts: readonly string[]): Promise<number[]> {
    return Promise.resolve(texts.map(({ length }) => length));
  }

  embed(texts: readonly string[]): Promise<Embedding[]> {
    if (this.failures-- > 0) return Promise.reject(new ModelUnavailableError("the model is away"));
    this.batches.push(texts);
    return Promise.resolve(texts.map(({ length }) => ({ vector: Float32Array.of(length), tokens: length })));
  }
}

function startPipeline(template = "{{ title }}") {
  const driver = new TopologyTestDriver();
  const model = new LengthModel();
  const registry = new Registry();
  const metrics = createMetrics(registry);
  const table = { schema: "public", name: "books" };
  addIndexPipeline(driver, {
    rules: documentRules("library", { table, text: template, payload: ["id"], model: "length", stores: ["main"] }),
    input: input.name,
    output: output.name,
    embedder: new TextEmbedder(model, new VectorCache(1_000_000), metrics),
    metrics,
  });
  return { driver, model, registry };
}

let seq = 0;
const source = () => ({
  db: "shop",
  schema: "public",
  table: "books",
  txId: 1,
  lsn: 900n,
  tsMs: 1_700_000_000_000,
  snapshot: false,
  position: { epoch: 1, commitLsn: 1000n, seq: ++seq },
  rowHash: "hash",
});

interface Change {
  readonly key: RowKey;
  readonly value: ChangeEvent | null;
}
const written = (id: number, title: string): Change => ({
  key: { id },
  value: { op: "c", before: null, after: { id, title }, source: source(), tsMs: 1 },
});
const deleted = (id: number): Change => ({
  key: { id },
  value: { op: "d", before: null, source: source(), tsMs: 1 },
});
const tombstone = (id: number): Change => ({ key: { id }, value: null });
const control = (op: "t" | "m"): Change => ({
  key: controlKey(op === "t" ? "truncate" : "snapshot-end"),
  value: { op, source: source(), tsMs: 1 },
});

it("makes a document of each row's last change, and passes deletes and control messages on in order", async () => {
  const { driver, model, registry } = startPipeline();
  const changes = [
    control("t"),
    written(1, "Emma"),
    written(2, "Dune"),
    written(1, "Solaris"),
    deleted(2),
    tombstone(2),
    tombstone(3),
    control("m"),
  ];
  const { produced, deadLetters } = await driver.pipe(
    input,
    changes.map((change) => ({ ...change, partition: 2 })),
  );
  expect(deadLetters).toEqual([]);
  const position = changes[4]?.value?.source.position;
  expect(produced(output)).toMatchObject([
    { partition: 2, key: controlKey("truncate"), value: { op: "truncate" } },
    {
      partition: 2,
      key: { id: 1 },
      value: { op: "upsert", chunks: [{ text: "Solaris", vector: Float32Array.of(7) }], payload: { id: 1 } },
    },
    { partition: 2, key: { id: 2 }, value: { op: "delete", source: { position } } },
    { partition: 2, key: { id: 2 }, value: { op: "tombstone", position } },
    { partition: 2, key: { id: 3 }, value: { op: "tombstone", position: null } },
    { partition: 2, key: controlKey("snapshot-end"), value: { op: "snapshot-end" } },
  ]);
  expect(model.batches).toEqual([["Solaris"]]);
  expect(await registry.getSingleMetricAsString("freshet_embedding_documents_total")).toContain('op="upsert"} 1');
});

it("makes dead letters of what is no change, and goes on behind them", async () => {
  const { driver } = startPipeline();
  await driver.pipe(input, [written(1, "Emma")]);
  const { deadLetters } = await driver.pipe({ ...input, key: text, value: text }, [
    { key: '{"id":2}', value: "no change event" },
    { key: "7", value: "{}" },
  ]);
  expect(deadLetters.map(({ record, reason }) => [record.offset, reason])).toEqual([
    [1n, expect.stringContaining("JSON")],
    [2n, expect.stringContaining("key must be a JSON object")],
  ]);
  const { produced } = await driver.pipe(input, [written(3, "Dune")]);
  expect(produced(output).map(({ key }) => key)).toEqual([{ id: 3 }]);
});

it("waits for a model that is away", async () => {
  const { driver, model } = startPipeline();
  model.failures = 2;
  const { produced, deadLetters } = await driver.pipe(input, [written(1, "Emma")]);
  expect(deadLetters).toEqual([]);
  expect(produced(output)).toMatchObject([{ value: { chunks: [{ text: "Emma" }] } }]);
});

it("stops at a column that the table hasn't got, and commits nothing", async () => {
  const { driver } = startPipeline("{{ tilte }}");
  await expect(driver.pipe(input, [written(1, "Emma")])).rejects.toThrow('uses the column "tilte"');
  expect(driver.committed(input)).toEqual(new Map());
});
