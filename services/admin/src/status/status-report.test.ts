import type { Configuration } from "@freshet/process/configuration";
import { modelSchema } from "@freshet/process/model-configuration";
import { encodeDefinition } from "@freshet/generations/definition";
import { createColors } from "picocolors";
import { expect, it } from "vitest";
import { renderStatus } from "./render-status.js";
import { buildStatusReport } from "./status-report.js";
import { sourceSchema } from "@freshet/process/source-configuration";

const configuration: Configuration = {
  source: sourceSchema.parse({ tables: ["public.books"] }),
  topics: { partitions: 2 },
  models: { m: modelSchema.parse({ provider: "local", name: "m" }) },
  stores: { main: { kind: "zvec" } },
  indexes: {
    books: {
      table: { schema: "public", name: "books" },
      text: "{{ name }}",
      payload: [],
      filterable: {},
      hybrid: false,
      model: "m",
      stores: ["main"],
    },
  },
  schedule: {},
};
const partition = { topic: "embeddings.books", end: 10n };
const groups = new Map([
  [
    "freshet.vector-sink.main.books",
    {
      group: "freshet.vector-sink.main.books",
      state: "Stable",
      members: 2,
      partitions: [
        { ...partition, partition: 0, committed: 7n },
        { ...partition, partition: 1, committed: null },
      ],
    },
  ],
]);
const applied = { kind: "applied", store: "main", index: "books", generation: 1, position: "1/9/1" } as const;
const embedded = { kind: "embedded", index: "books", updatedAt: 3000 } as const;
const usage = { rows: 10, inferred: 4, tokens: 4000, spent: { USD: 0.00008 }, refused: 0 };
const counted = { created: 1200, updated: 3, payloadOnly: 0, deleted: 2, unchanged: 0, stale: 1, failed: 0 };
const none = { created: 0, updated: 0, payloadOnly: 0, deleted: 0, unchanged: 0, stale: 0, failed: 0 };
const stored = { kind: "stored", store: "main", index: "books", generation: 1, updatedAt: 3000 } as const;
const states = [
  { ...stored, partition: 0, tables: { "public.books": counted } },
  { ...stored, partition: 1, tables: { "public.books": { ...none, created: 34, failed: 5 } } },
  { ...stored, partition: 0, store: "other", tables: { "public.books": counted } },
  { ...embedded, cache: "a", usage: { ...usage, cached: 6, tokensSaved: 6000, saved: { USD: 0.00012 } } },
  { ...embedded, cache: "b", usage: { ...usage, cached: 0, tokensSaved: 0, saved: { EUR: 2.5 }, refused: 2 } },
  { ...embedded, cache: "c", index: "other", usage: { ...usage, cached: 0, tokensSaved: 0, saved: {} } },
  { ...applied, partition: 0, committedAt: 1000, appliedAt: 1040 },
  { ...applied, partition: 1, committedAt: 2000, appliedAt: 2050 },
];

it("adds up what a group has not done and takes the newest mark", () => {
  const report = buildStatusReport({ configuration, states, groups, acceptance: null, now: 12_050 });
  expect(report.source).toBeNull();
  expect(report.indexes[0]?.sinks[0]).toMatchObject({
    instances: 2,
    lag: 13,
    lastCommittedAt: 2000,
    lastAppliedAt: 2050,
  });
  expect(report.indexes[0]?.transformer).toMatchObject({ instances: 0, lag: null });
});

it("says in words who is behind and who isn't running", () => {
  const text = renderStatus(buildStatusReport({ configuration, states, groups, acceptance: null, now: 12_050 }), {
    now: 12_050,
    colors: createColors(false),
  });
  expect(text).toContain("no cdc-producer has reported yet");
  expect(text).toContain("embedding-transformer  not running");
  expect(text).toContain("20 rows: 8 texts embedded, 6 known (42.9 %), 2 refused by the model");
  expect(text).toContain("spent 8,000 tokens (0.00016 USD), saved 6,000 (0.00012 USD, 2.50 EUR)");
  expect(text).toContain(
    "    public.books: 1,234 created, 3 updated, 2 deleted, 1 older than what is stored, 5 refused",
  );
  expect(text).toContain(
    "vector-sink main  2 instances, 13 behind, last change stored 10 s ago, 50 ms after its commit",
  );
});

it("shows a reindexing, every generation that there is, and a configuration that differs from what serves", () => {
  const { books } = configuration.indexes;
  const { m } = configuration.models;
  if (books === undefined || m === undefined) throw new Error("the sample lacks its index");
  const made = { createdAt: 1_000, dropping: false };
  const before = encodeDefinition({ index: { ...books, text: "{{ title }}" }, model: m, distances: {} });
  const generations = [
    { ...made, number: 1, documents: 1, definition: before, dropping: true },
    { ...made, number: 2, documents: 2, definition: before },
    { ...made, number: 3, documents: 3, definition: before },
  ];
  const reindex = { generation: 3, step: "filling", startedAt: 6_050 } as const;
  const numbers = { serving: 2, last: 3, generations, reindex, updatedAt: 6_050 };
  const recorded = { kind: "generations", index: "books", ...numbers } as const;
  const partitions = [{ ...partition, topic: "embeddings.books.3", partition: 0, committed: 4n }];
  const filling = { group: "freshet.vector-sink.main.books.3", state: "Stable", members: 1, partitions };
  const report = buildStatusReport({
    ...{ configuration, acceptance: null, now: 12_050, states: [...states, recorded] },
    groups: new Map([[filling.group, filling]]),
  });
  expect(report.indexes[0]).toMatchObject({ generation: 2, changes: ["text"], sinks: [{ lastAppliedAt: null }] });
  const text = renderStatus(report, { now: 12_050, colors: createColors(false) });
  expect(text).toContain("Index   books, from public.books, generation 2\n");
  expect(text).toContain("  reindex                to generation 3, filling, begun 6 s ago\n");
  expect(text).toContain("freshet.yaml has another text: freshet reindex books brings it");
  expect(text).toContain("  generation 1, being removed\n  generation 3\n");
  expect(text).toContain("    vector-sink main  1 instance, 6 behind");
});
