import { NoCache } from "@freshet/embeddings/cache/no-cache";
import type { ChunkingRules } from "@freshet/embeddings/chunking/chunk-texts";
import type { IndexRows } from "@freshet/process/index-configuration";
import type { ChangeEvent } from "@freshet/schemas/change-event";
import { controlKey } from "@freshet/schemas/control-message";
import type { RowKey } from "@freshet/schemas/row-key";
import { nullable, text } from "@freshet/streaming/codecs";
import { TopologyTestDriver } from "@freshet/streaming/testing/topology-test-driver";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { CachedModel } from "./cached-model.js";
import { fieldCheck, tableColumnCheck } from "./column-check.js";
import { documentRules } from "@freshet/documents/document-rules";
import { addIndexPipeline } from "./index-pipeline.js";
import { createMetrics } from "./metrics.js";
import { LengthModel } from "./testing/length-model.js";
import { TextAccount } from "./text-account.js";
import { TextEmbedder } from "./text-embedder.js";
import { changesOf, isPlain } from "@freshet/documents/changes-of";
import { documentsOf } from "./topics.js";

const TABLE = { table: { schema: "public", name: "books" } };
const input = changesOf("cdc.public.books", TABLE);
const output = documentsOf("embeddings.library");

interface Settings {
  readonly rows?: IndexRows;
  readonly text?: string;
  readonly where?: string;
  readonly chunking?: ChunkingRules;
  /** Of the table's newest event. */
  readonly newest?: readonly string[];
}

function startPipeline({ rows = TABLE, text = "{{ title }}", where, chunking, newest }: Settings = {}) {
  const driver = new TopologyTestDriver();
  const model = new LengthModel();
  const registry = new Registry();
  const metrics = createMetrics(registry);
  const rules = documentRules("library", { ...rows, text, where, payload: rows.topic === undefined ? ["id"] : [] });
  const changes = changesOf(rows.topic ?? input.name, rows);
  addIndexPipeline(driver, {
    rules,
    input: changes,
    output: output.name,
    columnCheck: isPlain(rows) ? fieldCheck(rules) : tableColumnCheck(rules, () => Promise.resolve(newest ?? null)),
    chunking: chunking ?? null,
    embedder: new TextEmbedder(
      new CachedModel({ model, cache: new NoCache(), metrics }),
      new TextAccount({ index: "library", model: "length", price: undefined, metrics }),
    ),
    onMade: (op) => metrics.documents.inc({ index: "library", op }),
  });
  return { driver, model, registry, changes };
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
  const { driver } = startPipeline({ text: "{{ tilte }}", newest: ["id", "title", "subtitle"] });
  await expect(driver.pipe(input, [written(1, "Emma")])).rejects.toThrow(
    'The index library uses the column "tilte", but the table public.books has only id, title, subtitle',
  );
  expect(driver.committed(input)).toEqual(new Map());
});

it("takes a column that the table has got since for null in older events", async () => {
  const { driver } = startPipeline({ text: "{{ title }}{{ subtitle }}", newest: ["id", "title", "subtitle"] });
  const { produced } = await driver.pipe(input, [written(1, "Emma")]);
  expect(produced(output)).toMatchObject([{ value: { chunks: [{ text: "Emma" }] } }]);
});

it("deletes a row that stops matching", async () => {
  const { driver } = startPipeline({ where: "title != 'secret'" });
  const { produced } = await driver.pipe(input, [written(1, "Emma"), written(2, "Dune"), written(1, "secret")]);
  expect(produced(output).map(({ key, value }) => [key["id"], value.op])).toEqual([
    [2, "upsert"],
    [1, "delete"],
    [1, "tombstone"],
  ]);
});

it("gives the model the chunks of all rows of a batch at once, and each row its own", async () => {
  const chunking = { maxTokens: 16, overlap: 0, prefix: "", maxChunks: 30 };
  const { driver, model } = startPipeline({ chunking });
  const long = Array.from({ length: 20 }, (_, i) => `This is the sentence number ${i} of many.`).join(" ");
  const { produced, deadLetters } = await driver.pipe(input, [
    written(1, long),
    written(2, "Emma"),
    written(3, "word ".repeat(1000)),
  ]);
  const [first, second] = produced(output).map(({ value }) => (value.op === "upsert" ? value.chunks : []));
  expect(first?.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(first?.map(({ text: chunk }) => chunk).join(" ")).toBe(long);
  expect(second).toMatchObject([{ index: 0, text: "Emma", vector: Float32Array.of(4) }]);
  expect(model.batches.map(({ length }) => length)).toEqual([21]);
  expect(deadLetters.map(({ record, reason }) => [record.offset, reason])).toEqual([
    [2n, expect.stringContaining("more than 30 chunks of 16 tokens")],
  ]);
});

it("makes a dead letter of a row whose text the model refuses, and of no other", async () => {
  const { driver } = startPipeline();
  const { produced, deadLetters } = await driver.pipe(input, [
    written(1, "Emma"),
    written(2, "unspeakable"),
    written(3, "Dune"),
  ]);
  expect(produced(output).map(({ key }) => key)).toEqual([{ id: 1 }, { id: 3 }]);
  expect(deadLetters.map(({ record, reason }) => [record.offset, reason])).toEqual([
    [1n, "the model refuses the text"],
  ]);
});

const bare = (name: string) => ({ name, key: nullable(text), value: nullable(text) });

it("reads rows from plain JSON, named by the record's key", async () => {
  const { driver } = startPipeline({ rows: { topic: "notes" }, text: "{{ text }}" });
  const { produced, deadLetters } = await driver.pipe(bare("notes"), [
    { key: "a", value: '{"text":"Emma"}', timestamp: 1234 },
    { key: '{"id":7}', value: '{"text":"Dune","more":1}' },
    { key: "b", value: '{"txet":"Solaris"}' },
    { key: "c", value: "[1]" },
    { key: null, value: '{"text":"Nobody"}' },
    { key: '{"$freshet":"truncate"}', value: '{"text":"Hostile"}' },
    { key: "a", value: null },
  ]);
  const position = (offset: bigint) => ({ epoch: 0, commitLsn: offset, seq: 0 });
  expect(produced(output)).toMatchObject([
    { key: { id: 7 }, value: { op: "upsert", chunks: [{ text: "Dune" }] } },
    { key: { key: "a" }, value: { op: "delete", source: { table: "notes", position: position(6n) } } },
    { key: { key: "a" }, value: { op: "tombstone", position: position(6n) } },
  ]);
  expect(deadLetters.map(({ reason }) => reason)).toEqual([
    "a record must be a JSON object of a row's fields",
    "the record has none of the fields that the text is made of (text), only txet",
    expect.stringContaining("name the fields that do so in the index's key"),
    "the record's key is that of control messages",
  ]);
  const again = await driver.pipe(bare("notes"), [{ key: "a", value: '{"text":"Emma"}', timestamp: 1234 }]);
  const source = { table: "notes", key: { key: "a" }, position: position(7n), rowHash: null, committedAt: 1234 };
  expect(again.produced(output)).toMatchObject([{ key: { key: "a" }, value: { op: "upsert", source } }]);
});

it("reads rows from plain JSON, named by a field", async () => {
  const { driver } = startPipeline({ rows: { topic: "notes", key: ["id"] }, text: "{{ text }}" });
  const { produced, deadLetters } = await driver.pipe(bare("notes"), [
    { key: null, value: '{"id":7,"text":"Emma"}' },
    { key: "whatever", value: '{"id":"x","text":"Dune"}' },
    { key: null, value: '{"text":"Solaris"}' },
    { key: "9", value: null },
    { key: null, value: null },
  ]);
  expect(produced(output).map(({ key, value }) => [key, value.op])).toEqual([
    [{ id: 7 }, "upsert"],
    [{ id: "x" }, "upsert"],
    [{ id: 9 }, "delete"],
    [{ id: 9 }, "tombstone"],
  ]);
  expect(deadLetters.map(({ reason }) => reason)).toEqual([
    `the row has no "id", which is to name it`,
    "a delete has neither a key nor the row that it deletes",
  ]);
});

it("takes a truncate without a key, as Debezium sends it", async () => {
  const { driver } = startPipeline({ rows: { topic: "foreign", format: "debezium" } });
  const truncate = { op: "t", source: { db: "shop", schema: "public", table: "books", ts_ms: 1 } };
  const { produced, deadLetters } = await driver.pipe(bare("foreign"), [
    { key: null, value: JSON.stringify(truncate), partition: 2 },
  ]);
  expect(deadLetters).toEqual([]);
  expect(produced(output)).toMatchObject([{ partition: 2, key: controlKey("truncate"), value: { op: "truncate" } }]);
});

it("reads another program's change events without keys, at the time of their records", async () => {
  const rows = { topic: "foreign", format: "wal2json", key: ["id"] } as const;
  const { driver } = startPipeline({ rows, text: "{{ title }}" });
  const change = { schema: "public", table: "books" };
  const columns = { columnnames: ["id", "title"], columnvalues: [7, "Emma"] };
  const oldkeys = { keynames: ["id"], keyvalues: [8] };
  const { produced, deadLetters } = await driver.pipe(bare("foreign"), [
    { key: null, value: JSON.stringify({ kind: "insert", ...change, ...columns }), timestamp: 1234 },
    { key: null, value: JSON.stringify({ kind: "update", ...change, ...columns, oldkeys }) },
    { key: null, value: JSON.stringify({ kind: "delete", ...change, oldkeys }) },
  ]);
  expect(deadLetters).toEqual([]);
  const deleted = ["delete", "tombstone"].map((op) => ({ key: { id: 8 }, value: { op } }));
  expect(produced(output)).toMatchObject([
    ...deleted,
    { key: { id: 7 }, value: { op: "upsert", source: { table: "public.books" } } },
    ...deleted,
  ]);
  const again = await driver.pipe(bare("foreign"), [
    { key: null, value: JSON.stringify({ kind: "insert", ...change, ...columns }), timestamp: 1234 },
  ]);
  expect(again.produced(output)).toMatchObject([{ value: { op: "upsert", source: { committedAt: 1234 } } }]);
});
