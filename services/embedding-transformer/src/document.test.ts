import type { ChangeEvent, ChangeSource } from "@freshet/schemas/change-event";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { FatalError } from "@freshet/streaming/errors";
import { describe, expect, it } from "vitest";
import { documentRules } from "@freshet/documents/document-rules";
import { absentColumns, toOutcomes } from "./document.js";

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

function rules(text: string, payload: string[] = [], where?: string) {
  const table = { schema: "public", name: "books" };
  return documentRules("library", { table, text, where, payload });
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

  it("takes a column that an older event hasn't got for null, and tells which those are", () => {
    const event = written({ id: 1, description: "x" });
    const wanting = rules("{{ description }}{{ subtitle }}", ["id", "year"], "published == nil");
    expect(absentColumns(event, wanting)).toEqual(["subtitle", "published", "year"]);
    expect(toOutcomes(event, key, wanting)).toMatchObject([{ text: "x", payload: { id: 1, year: null } }]);
  });

  it("deletes a row that the condition leaves out, at its position", () => {
    const published = rules("{{ title }}", [], "published and price >= 10");
    const row = (price: string | null, published = true) => written({ title: "Dune", price, published });
    expect(toOutcomes(row("10.00"), key, published)).toMatchObject([{ op: "document", text: "Dune" }]);
    for (const event of [row("9.99"), row(null), row("10.00", false)]) {
      expect(toOutcomes(event, key, published)).toEqual([
        { op: "delete", source: documentSource },
        { op: "tombstone", position },
      ]);
    }
  });

  it("makes text of HTML and Markdown where the template asks for it", () => {
    const row = {
      page: "<h1>Dune</h1><script>alert(1)</script><p>A &amp; B</p>",
      notes: "*new* [here](http://x)",
      no: null,
    };
    const text = "{{ page | html_to_text }}|{{ notes | markdown_to_text }}|{{ no | html_to_text }}";
    expect(toOutcomes(written(row), key, rules(text))).toMatchObject([{ text: "Dune\n\nA & B|new here|" }]);
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
