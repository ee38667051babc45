import { expect, it } from "vitest";
import { ConfigurationError, parseConfiguration, readConfiguration } from "./configuration-file.js";

const VALID = `source:
  tables: [public.books]
models:
  small: { provider: local, name: BAAI/bge-small-en-v1.5 }
stores:
  main: { kind: zvec }
indexes:
  books:
    table: public.books
    text: "{{ description }}"
    model: small
    stores: [main]
`;

const complaint = (text: string): string => {
  try {
    parseConfiguration(text, "freshet.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return "";
};

it("fills in what may be left out", () => {
  const configuration = parseConfiguration(VALID, "freshet.yaml");
  expect(configuration.source).toMatchObject({
    ...{ mode: "wal", format: "debezium" },
    publication: "freshet",
    slot: "freshet",
    tables: [{ schema: "public", name: "books" }],
  });
  expect(configuration.topics.partitions).toBe(6);
  expect(configuration.indexes["books"]?.payload).toEqual([]);
});

it.each([
  ["a misspelt field", ["    model: small", "    modle: small"], "freshet.yaml:11: indexes.books.modle: no such field"],
  [
    "a missing field",
    ['    text: "{{ description }}"\n', ""],
    "freshet.yaml:8: indexes.books.text: Invalid input: expected string",
  ],
  [
    "a wrong value",
    ["kind: zvec", "kind: oracle"],
    "freshet.yaml:6: stores.main.kind: expected kind: one of qdrant, pgvector, zvec, chroma, weaviate, milvus, pinecone",
  ],
  [
    "a table that isn't captured",
    ["table: public.books", "table: public.films"],
    "freshet.yaml:9: indexes.books.table: public.films",
  ],
  [
    "an unknown model",
    ["model: small", "model: large"],
    'freshet.yaml:11: indexes.books.model: "large" is not among models',
  ],
  ["an unknown store", ["stores: [main]", "stores: [main, spare]"], 'freshet.yaml:12: indexes.books.stores.1: "spare"'],
  [
    "a table without schema",
    ["tables: [public.books]", "tables: [books]"],
    "freshet.yaml:2: source.tables.0.table: expected schema.table",
  ],
  [
    "an unknown provider",
    ["provider: local", "provider: lokal"],
    "freshet.yaml:4: models.small.provider: expected provider: local,",
  ],
  [
    "a misspelt setting of a model",
    ["name: BAAI", "dtyp: q8, name: BAAI"],
    "freshet.yaml:4: models.small.dtyp: no such field",
  ],
  [
    "an index without rows",
    ["    table: public.books\n", ""],
    "freshet.yaml:8: indexes.books: expected either table: schema.table or topic: name",
  ],
  [
    "an index of a table and a topic",
    ["    table: public.books\n", "    table: public.books\n    topic: books\n"],
    "freshet.yaml:10: indexes.books.topic: expected either table: schema.table or topic: name",
  ],
  [
    "a key for a table's index",
    ["model: small", "key: [id]\n    model: small"],
    "freshet.yaml:11: indexes.books.key: is about a topic, but this index names none",
  ],
  [
    "an unknown format",
    ["table: public.books", "topic: books\n    format: csv"],
    "freshet.yaml:10: indexes.books.format: expected one of json, debezium, wal2json",
  ],
  [
    "a topic that can't be",
    ["table: public.books", "topic: my books"],
    "freshet.yaml:9: indexes.books.topic: expected letters, digits, ., _ and -",
  ],
  [
    "chunks that are too small",
    ["model: small", "chunking: { maxTokens: 3 }\n    model: small"],
    "freshet.yaml:11: indexes.books.chunking.maxTokens: Too small: expected number to be >=16",
  ],
  [
    "a misspelt setting of chunks",
    ["model: small", "chunking: { maxToken: 30 }\n    model: small"],
    "freshet.yaml:11: indexes.books.chunking.maxToken: no such field",
  ],
  [
    "chunking that is no setting",
    ["model: small", "chunking: sentences\n    model: small"],
    "freshet.yaml:11: indexes.books.chunking: expected false, or some of {maxTokens, overlap, maxChunks}",
  ],
  [
    "an overlap of half a chunk",
    ["model: small", "chunking:\n      maxTokens: 30\n      overlap: 15\n    model: small"],
    "freshet.yaml:13: indexes.books.chunking.overlap: expected less than half of maxTokens",
  ],
  [
    "a partition by a column that isn't stored",
    ["model: small", "payload: [lang]\n    partitionBy:\n      column: language\n    model: small"],
    "freshet.yaml:13: indexes.books.partitionBy.column: language is not among the index's payload",
  ],
  [
    "partitions by the week",
    ["model: small", "payload: [at]\n    partitionBy: { column: at, every: week }\n    model: small"],
    "freshet.yaml:12: indexes.books.partitionBy.every: expected one of day, month, year, or none",
  ],
  [
    "partitions of a hybrid index",
    ["model: small", "payload: [lang]\n    hybrid: true\n    partitionBy: { column: lang }\n    model: small"],
    "freshet.yaml:13: indexes.books.partitionBy: can't be had together with hybrid",
  ],
  [
    "a filter by a column that isn't stored",
    ["model: small", "payload: [lang]\n    filterable: { lang: keyword, year: integer }\n    model: small"],
    "freshet.yaml:12: indexes.books.filterable.year: year is not among the index's payload",
  ],
  [
    "a tenant that is no keyword",
    ["model: small", "payload: [owner]\n    filterable: { owner: integer }\n    tenant: owner\n    model: small"],
    "freshet.yaml:12: indexes.books.filterable.owner: expected keyword, because it is the tenant",
  ],
  [
    "an empty condition",
    ["model: small", 'where: ""\n    model: small'],
    "freshet.yaml:11: indexes.books.where: Too small: expected string to have >=1 characters",
  ],
  ["text that isn't YAML", ["source:", "source: ["], "freshet.yaml:3: not valid YAML"],
])("names line, field and expectation of %s", (_what, [from, to], expected) => {
  expect(complaint(VALID.replace(from ?? "", to ?? ""))).toContain(expected);
});

it("needs no index where changes are captured alone", () => {
  const configuration = parseConfiguration("source: { tables: [public.books] }", "freshet.yaml");
  expect(configuration).toMatchObject({ models: {}, stores: {}, indexes: {} });
});

it("needs no source where every index has a topic of its own", () => {
  const text = VALID.replace("source:\n  tables: [public.books]\n", "").replace("table: public.books", "topic: notes");
  const configuration = parseConfiguration(text, "freshet.yaml");
  expect(configuration.source).toMatchObject({ mode: "wal", slot: "freshet", tables: [] });
  expect(configuration.indexes["books"]).toMatchObject({ topic: "notes" });
  expect(complaint(VALID.replace("source:\n  tables: [public.books]\n", ""))).toContain(
    "freshet.yaml:7: indexes.books.table: public.books is not among source.tables",
  );
});

it("takes several indexes of one table, each with its model and its chunks", () => {
  const second = `  anew:\n    table: public.books\n    text: "{{ name }}"\n    where: "published and price > 10"\n    chunking: false\n    model: large\n    stores: [main]\n`;
  const models = "  small: { provider: local, name: BAAI/bge-small-en-v1.5 }\n";
  const text = VALID.replace(models, `${models}  large: { provider: local, name: BAAI/bge-large-en-v1.5 }\n`) + second;
  const { indexes } = parseConfiguration(text, "freshet.yaml");
  expect(indexes["anew"]).toMatchObject({ table: { name: "books" }, model: "large", chunking: false });
  expect(indexes["books"]).toMatchObject({ table: { name: "books" }, model: "small" });
});

it("says what is expected of a list that is misspelt or left empty", () => {
  expect(complaint(VALID.replace("models:", "model:"))).toContain("freshet.yaml:3: model: no such field");
  expect(complaint("source: { tables: [a.b] }\nstores:\n")).toBe(
    "freshet.yaml:2: stores: expected the stores by their names, each with its settings; without any, leave it out",
  );
});

it("says what to do when there is no file", () => {
  expect(() => readConfiguration("/nowhere/freshet.yaml")).toThrow(/can't be read \(ENOENT\); set FRESHET_CONFIG/);
});

it("refuses two models that couldn't be told apart by what they have embedded", () => {
  const model = (url: string, more = "") =>
    `{ provider: openai, name: m, url: "${url}", dimensions: 8, maxTokens: 512, tokenizer: cl100k_base${more} }`;
  const text = (one: string, two: string) => VALID.replace("models:\n", `models:\n  one: ${one}\n  two: ${two}\n`);
  expect(complaint(text(model("http://a/v1"), model("http://b/v1")))).toContain(
    `freshet.yaml:5: models.two: can't be told from the model "one"`,
  );
  const said = ", revision: r1";
  for (const [one, two] of [
    [model("http://a/v1"), model("http://a/v1")],
    [model("http://a/v1", said), model("http://b/v1", said)],
  ] as const) {
    expect(complaint(text(one, two))).toBe("");
  }
});
