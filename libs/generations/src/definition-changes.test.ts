import { expect, it } from "vitest";
import { definitionChanges } from "./definition-changes.js";
import { definitionOf } from "./definition.js";
import { configurationWith, MODELS } from "./testing/configuration.js";

type Settings = Readonly<Record<string, unknown>>;
type Parts = Parameters<typeof configurationWith>[1];

const changes = (before: readonly [Settings, Parts?], after: readonly [Settings, Parts?]) =>
  definitionChanges(...([before, after].map((one) => definitionOf(configurationWith(...one), "books")) as Pair)).map(
    ({ setting, remake }) => `${setting}: ${remake}`,
  );
type Pair = Parameters<typeof definitionChanges>;

const rows: readonly (readonly [Settings, Settings, readonly string[]])[] = [
  [{}, {}, []],
  [{}, { text: "{{ body }}" }, ["text: documents"]],
  [{}, { table: "public.other" }, ["table: documents"]],
  [{}, { topic: "notes" }, ["table: documents", "topic: documents", "format: documents"]],
  [{ topic: "notes" }, { topic: "notes", format: "json" }, []],
  [{ topic: "notes" }, { topic: "notes", format: "wal2json", key: ["id"] }, ["format: documents", "key: documents"]],
  [{}, { where: "year > 1900" }, ["where: documents"]],
  [{ payload: ["a", "b"] }, { payload: ["b", "a"] }, []],
  [{ payload: ["a"] }, { payload: ["a", "b"] }, ["payload: documents"]],
  [{}, { chunking: {} }, []],
  [{}, { chunking: false }, ["chunking: documents"]],
  [{ chunking: { overlap: 1, maxTokens: 64 } }, { chunking: { maxTokens: 64, overlap: 1 } }, []],
  [{ chunking: { maxTokens: 64 } }, { chunking: { maxTokens: 65 } }, ["chunking: documents"]],
  [{ payload: ["a"] }, { payload: ["a"], tenant: "a" }, ["tenant: collection"]],
  [{}, { hybrid: true }, ["hybrid: collection"]],
  [{ payload: ["a"] }, { payload: ["a"], partitionBy: { column: "a" } }, ["partitionBy: collection"]],
  [{ payload: ["a"] }, { payload: ["a"], filterable: { a: "integer" } }, ["filterable.a: nothing"]],
  [{ payload: ["a"], filterable: { a: "integer" } }, { payload: ["a"] }, ["filterable.a: collection"]],
  [
    { payload: ["a"], filterable: { a: "integer" } },
    { payload: ["a"], filterable: { a: "float" } },
    ["filterable.a: collection"],
  ],
  [{ model: "openai" }, { model: "openai", hybrid: true, text: "x" }, ["text: documents", "hybrid: collection"]],
];
it.each(rows)("an index that was %j and is %j", (before, after, expected) => {
  expect(changes([before], [after])).toEqual(expected);
});

const { local, openai, tei } = MODELS;
it.each([
  [local, { ...local, threads: 2, queryPrefix: "q: ", price: undefined, hubUrl: "https://hub.example" }, []],
  [local, { ...local, dtype: "fp32" }, ["model.dtype"]],
  [local, { ...local, documentPrefix: "passage: " }, ["model.documentPrefix"]],
  [local, { ...local, sha256: "a".repeat(64) }, []],
  [{ ...local, sha256: "a".repeat(64) }, { ...local, sha256: "b".repeat(64) }, ["model.sha256"]],
  [openai, { ...openai, url: "https://b.example/v1", requestsInFlight: 9, batch: { items: 3 } }, []],
  [openai, { ...openai, dimensions: 512 }, ["model.dimensions"]],
  [tei, { ...tei, url: "https://c.example", window: 2, timeoutSeconds: 3, apiKeyVariable: "KEY" }, []],
  [tei, { ...tei, revision: "2" }, ["model.revision"]],
])("asks for documents only when a model makes other vectors: %j, %j", (before, after, expected) => {
  const found = changes(
    [{ model: "it" }, { models: { it: before } }],
    [{ model: "renamed" }, { models: { renamed: after } }],
  );
  expect(found.filter((change) => !change.endsWith(": nothing"))).toEqual(expected.map((name) => `${name}: documents`));
});

it("asks for another collection when a store it had measures otherwise, and for nothing when it has another store", () => {
  const index = { stores: ["main", "other"] };
  const other = (distance: string) => ({ stores: { other: { kind: "qdrant", distance } } });
  expect(changes([index, other("dot")], [index, other("euclid")])).toEqual(["distance of other: collection"]);
  expect(changes([{}], [index, other("euclid")])).toEqual([]);
  expect(changes([index, other("dot")], [{}])).toEqual([]);
});
