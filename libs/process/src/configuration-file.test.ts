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
    "freshet.yaml:6: stores.main.kind: Invalid option: expected one of",
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
  ["text that isn't YAML", ["source:", "source: ["], "freshet.yaml:3: not valid YAML"],
])("names line, field and expectation of %s", (_what, [from, to], expected) => {
  expect(complaint(VALID.replace(from ?? "", to ?? ""))).toContain(expected);
});

it("needs no index where changes are captured alone", () => {
  const configuration = parseConfiguration("source: { tables: [public.books] }", "freshet.yaml");
  expect(configuration).toMatchObject({ models: {}, stores: {}, indexes: {} });
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
