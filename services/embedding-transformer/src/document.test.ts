import type { ChangeEvent, ChangeSource } from "@freshet/schemas/change-event";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { FatalError } from "@freshet/streaming/errors";
import { describe, expect, it } from "vitest";
import { documentRules, toOutcomes } from "./document.js";

const position = { epoch: 1, commitLsn: 5000n, seq: 2 };
const source: ChangeSource = {
  db: "shop",
  schema: "public",
  table: "books",
  txId: 7,
  lsn: 4990n,
  tsMs: 1_700_000_000_123,
  snapshot: false,
  position,
  rowHash: "abc",
};
const key = { id: 9007199254740993n };
const documentSource = { table: "public.books", key, position, rowHash: "abc", committedAt: 1_700_000_000_123 };

function rules(text: string, payload: string[] = []) {
  const table = { schema: "public", name: "books" };
  return documentRules("library", { table, text, payload, model: "small", stores: ["main"] });
}

function written(after: JsonObject, op: "c" | "u" | "r" = "c"): ChangeEvent {
  return { op, before: null, after, source, tsMs: source.tsMs + 5 };
}

describe("toOutcomes", () => {
  it("makes a document of a written row: its text, and the payload's columns as they came", () => {
    const row = { id: key.id, name: "Dune", description: "A desert planet.", year: 1965, price: "12.30", tags: ["a"] };
    for (const op of ["c", "u", "r"] as const) {
      expect(
        toOutcomes(written(row, op), key, rules("{{ name }}: {{ description }}", ["id", "price", "tags"])),
      ).toEqual([
        {
          op: "document",
          source: documentSource,
          text: "Dune: A desert planet.",
          payload: { id: key.id, price: "12.30", tags: ["a"] },
        },
      ]);
    }
  });

  it("takes a null column for empty text, and blank text for none", () => {
    const row = { title: null, description: "  \n" };
    const [document] = toOutcomes(written(row), key, rules("{{ title }} {{ description }}", ["title"]));
    expect(document).toMatchObject({ op: "document", text: "", payload: { title: null } });
  });

  it("stops at a column that the table hasn't got, and names index, column and table", () => {
    const row = { id: 1, description: "x" };
    const complaint =
      'The index library uses the column "descripton", but the table public.books has only id, description';
    for (const wrong of [rules("{{ descripton }}"), rules("{{ description }}", ["descripton"])]) {
      expect(() => toOutcomes(written(row), key, wrong)).toThrow(FatalError);
      expect(() => toOutcomes(written(row), key, wrong)).toThrow(complaint);
    }
  });

  it("doesn't take Debezium's stand-in for an unchanged column as its text", () => {
    const event = written({
      id: 1,
      description: "__debezium_unavailable_value",
      notes: "__debezium_unavailable_value",
    });
    expect(() => toOutcomes(event, key, rules("{{ description }}"))).toThrow(/unchanged column "description"/);
    expect(toOutcomes(event, key, rules("{{ id }}"))).toMatchObject([{ text: "1" }]);
  });

  it("turns a delete into a delete and a tombstone, both with the position", () => {
    const event: ChangeEvent = { op: "d", before: null, source, tsMs: 1 };
    expect(toOutcomes(event, key, rules("{{ any }}"))).toEqual([
      { op: "delete", source: documentSource },
      { op: "tombstone", position },
    ]);
  });

  it("hands control messages on", () => {
    const control = { table: "public.books", position, committedAt: source.tsMs };
    const outcome = (op: "t" | "m") => toOutcomes({ op, source, tsMs: 1 }, { $freshet: "any" }, rules("{{ any }}"));
    expect(outcome("t")).toEqual([{ op: "truncate", ...control }]);
    expect(outcome("m")).toEqual([{ op: "snapshot-end", ...control }]);
  });
});

describe("documentRules", () => {
  it("refuses a template that isn't one, and names the index", () => {
    for (const wrong of ["{{ description", "{{ description | shout }}", "{% include 'secret' %}"]) {
      expect(() => rules(wrong)).toThrow(FatalError);
      expect(() => rules(wrong)).toThrow(/^The text of the index library is no valid template: /);
    }
  });

  it("knows the columns that conditions, loops and filters read", () => {
    const text =
      "{% if published %}{{ title | append: subtitle }}{% for t in tags %}{{ t.name }}{% endfor %}{% endif %}";
    expect(rules(text).template.columns).toEqual(["published", "title", "subtitle", "tags"]);
  });
});
