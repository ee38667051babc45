import { comparePositions, type Position } from "@freshet/schemas/position";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Outcome } from "./document.js";
import { findSuperseded } from "./superseded.js";

interface Item {
  readonly key: { readonly id: number };
  readonly value: Outcome;
}

const item: fc.Arbitrary<Item> = fc
  .record({
    id: fc.integer({ min: 1, max: 3 }),
    seq: fc.integer({ min: 1, max: 6 }),
    op: fc.constantFrom("document", "document", "delete", "tombstone", "bare tombstone", "truncate"),
  })
  .map(({ id, seq, op }) => ({ key: { id }, value: outcome(op, id, seq) }));

function outcome(op: string, id: number, seq: number): Outcome {
  const position: Position = { epoch: 0, commitLsn: 1n, seq };
  const source = { table: "t", key: { id }, position, rowHash: null, committedAt: 0 };
  switch (op) {
    case "document":
      return { op, source, text: `${id} at ${seq}`, payload: {} };
    case "delete":
      return { op, source };
    case "tombstone":
      return { op, position };
    case "bare tombstone":
      return { op: "tombstone", position: null };
    default:
      return { op: "truncate", table: "t", position, committedAt: 0 };
  }
}

/** What a store holds of each row afterwards, by the rules that stores keep to: an older position changes nothing. */
function applied(items: readonly Item[]): Map<number, string | null> {
  const rows = new Map<number, { text: string | null; position: Position }>();
  const newer = (id: number, position: Position) => {
    const stored = rows.get(id);
    return !stored || comparePositions(position, stored.position) >= 0;
  };
  for (const { key, value } of items) {
    if (value.op === "truncate") {
      for (const row of rows.values()) if (comparePositions(row.position, value.position) < 0) row.text = null;
    } else if (value.op === "tombstone" && value.position === null) {
      rows.delete(key.id);
    } else if (value.op === "tombstone" && value.position && newer(key.id, value.position)) {
      rows.set(key.id, { text: null, position: value.position });
    } else if ((value.op === "delete" || value.op === "document") && newer(key.id, value.source.position)) {
      rows.set(key.id, { text: value.op === "document" ? value.text : null, position: value.source.position });
    }
  }
  return new Map([...rows].filter(([, { text }]) => text !== null).map(([id, { text }]) => [id, text]));
}

describe("findSuperseded", () => {
  it("leaves out what makes no difference, and only documents", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 12 }), (items) => {
        const superseded = findSuperseded(items);
        for (const place of superseded) expect(items[place]?.value.op).toBe("document");
        const kept = items.filter((_, place) => !superseded.has(place));
        expect(applied(kept)).toEqual(applied(items));
      }),
      { numRuns: 1000 },
    );
  });

  it("embeds a row that changed three times once", () => {
    const items = [1, 2, 3].map((seq) => ({ key: { id: 1 }, value: outcome("document", 1, seq) }));
    expect([...findSuperseded(items)].sort()).toEqual([0, 1]);
  });
});
