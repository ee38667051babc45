import type { Position } from "@freshet/schemas/position";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import { pointId } from "@freshet/vector-stores/point-id";
import type { PointMetadata } from "@freshet/vector-stores/vector-store";
import { describe, expect, it } from "vitest";
import type { RowMessage } from "./batch-part.js";
import { newestChanges } from "./newest-change.js";
import { plan } from "./plan.js";

const KEY: RowKey = { id: 7 };
const ENCODED = encodeRowKey(KEY);
const MODEL = { name: "m", revision: "1", dtype: "fp32", dimensions: 1 };

const at = (lsn: number): Position => ({ epoch: 1, commitLsn: BigInt(lsn), seq: 0 });
const id = (chunk: number) => pointId("books", ENCODED, chunk);

function upsert(lsn: number, texts: readonly string[], rowHash = `row ${lsn}`): RowMessage["value"] {
  return {
    op: "upsert",
    source: { table: "public.books", key: KEY, position: at(lsn), rowHash, committedAt: lsn },
    model: MODEL,
    chunks: texts.map((text, index) => ({ index, text, textHash: text, vector: Float32Array.of(1) })),
    payload: { lsn },
  };
}

function deletion(lsn: number): RowMessage["value"] {
  return {
    op: "delete",
    source: { table: "public.books", key: KEY, position: at(lsn), rowHash: null, committedAt: lsn },
  };
}

/** What the store holds after such a message was applied in full. */
function storedAfter(lsn: number, texts: readonly string[]): Map<string, PointMetadata> {
  const { steps } = planOf([upsert(lsn, texts)], new Map());
  return new Map(steps.flatMap(({ upserts }) => upserts.map(({ id, metadata }) => [id, metadata])));
}

function planOf(values: readonly RowMessage["value"][], stored: ReadonlyMap<string, PointMetadata>) {
  const messages = values.map((value, place) => ({ place, key: ENCODED, partition: 3, value }));
  const changes = newestChanges("books", messages);
  const read = new Set(changes.flatMap(({ ids }) => ids));
  return plan({ index: "books", changes, stored: new Map([...stored].filter(([known]) => read.has(known))), now: 99 });
}

function repaired(value: RowMessage["value"]): RowMessage["value"] {
  return value.op === "tombstone" ? value : { ...value, source: { ...value.source, repair: true } };
}

function writtenBy({ steps }: ReturnType<typeof plan>) {
  return {
    upserted: steps.flatMap(({ upserts }) => upserts.map((point) => point.id)),
    deleted: steps.flatMap(({ deletes }) => deletes.map((deleted) => deleted.id)),
  };
}

const resultOf = ({ outcomes }: ReturnType<typeof planOf>) => outcomes.map(({ result }) => result);

describe("plan", () => {
  it("creates a row with chunk 0 before the others", () => {
    const made = planOf([upsert(5, ["a", "b"])], new Map());
    expect(resultOf(made)).toEqual(["created"]);
    expect(made.steps.map(({ upserts }) => upserts.map((point) => point.id))).toEqual([[id(0)], [id(1)]]);
    expect(made.steps[0]?.upserts[0]?.metadata).toEqual({
      index: "books",
      table: "public.books",
      key: ENCODED,
      chunk: 0,
      chunks: 2,
      position: at(5),
      partition: 3,
      rowHash: "row 5",
      textHash: "a",
      committedAt: 5,
      indexedAt: 99,
    });
  });

  it("replaces a row by fewer chunks with chunk 0 after the deletes", () => {
    const made = planOf([upsert(6, ["a", "c"])], storedAfter(5, ["a", "b", "c"]));
    expect(resultOf(made)).toEqual(["updated"]);
    expect(made.steps.map(({ upserts, deletes }) => [upserts.map((point) => point.id), deletes])).toEqual([
      [[id(1)], [{ id: id(2), position: at(6) }]],
      [[id(0)], []],
    ]);
  });

  it("finishes a replacement that was interrupted before the superfluous chunks were deleted", () => {
    const stored = storedAfter(5, ["a", "b", "c"]);
    for (const [known, metadata] of storedAfter(6, ["x", "y"])) if (known !== id(0)) stored.set(known, metadata);
    const { steps } = planOf([upsert(6, ["x", "y"])], stored);
    expect(steps.flatMap(({ deletes }) => deletes.map((deleted) => deleted.id))).toEqual([id(2)]);
  });

  it("writes no vector when every text is the same, and moves the position on", () => {
    const made = planOf([upsert(6, ["a", "b"])], storedAfter(5, ["a", "b"]));
    expect(resultOf(made)).toEqual(["payloadOnly"]);
    const [step] = made.steps;
    expect(step?.upserts).toEqual([]);
    expect(step?.payloads.map(({ metadata, payload }) => [metadata.position, payload])).toEqual([
      [at(6), { lsn: 6 }],
      [at(6), { lsn: 6 }],
    ]);
  });

  it("writes nothing for what is stored already, or is older", () => {
    expect(planOf([upsert(5, ["a"])], storedAfter(5, ["a"]))).toMatchObject({
      steps: [],
      outcomes: [{ result: "unchanged", table: "public.books" }],
    });
    expect(planOf([upsert(4, ["b"])], storedAfter(5, ["a"]))).toMatchObject({
      steps: [],
      outcomes: [{ result: "stale" }],
    });
    expect(planOf([deletion(4)], storedAfter(5, ["a"]))).toMatchObject({ steps: [], outcomes: [{ result: "stale" }] });
    expect(planOf([deletion(4)], new Map())).toMatchObject({
      steps: [],
      outcomes: [{ result: "unchanged", table: "public.books" }],
    });
  });

  it("deletes every stored chunk, chunk 0 last, also for a row without text", () => {
    for (const message of [deletion(6), upsert(6, []), { op: "tombstone", position: at(6) } as const]) {
      const made = planOf([message], storedAfter(5, ["a", "b", "c"]));
      expect(resultOf(made)).toEqual(["deleted"]);
      expect(made.steps.map(({ deletes }) => deletes.map((deleted) => deleted.id))).toEqual([[id(1), id(2)], [id(0)]]);
    }
  });

  it("deletes at any position for a tombstone that has none", () => {
    const made = planOf([{ op: "tombstone", position: null }], storedAfter(5, ["a"]));
    expect(made.steps.flatMap(({ deletes }) => deletes)).toEqual([{ id: id(0), position: null }]);
  });

  it("replaces a row that is repaired whatever is stored of it, unless that is newer", () => {
    const stored = storedAfter(5, ["a", "b"]);
    const made = planOf([repaired(upsert(5, ["a"], "row 5"))], stored);
    expect(resultOf(made)).toEqual(["updated"]);
    expect(writtenBy(made)).toEqual({ upserted: [id(0)], deleted: [id(1)] });
    expect(planOf([repaired(upsert(5, ["a", "b"]))], stored)).toMatchObject({ outcomes: [{ result: "updated" }] });
    expect(planOf([repaired(upsert(4, ["a"]))], stored)).toMatchObject({ steps: [], outcomes: [{ result: "stale" }] });
    expect(planOf([repaired(upsert(5, ["a", "b"])), upsert(6, ["a", "b"])], stored)).toMatchObject({
      outcomes: [{ result: "updated", position: at(6) }],
    });
  });

  it("deletes what was found of a repaired row beyond its chunk 0, also where that is missing", () => {
    const [made, orphans] = [storedAfter(5, ["a", "b", "c", "d"]), new Map(storedAfter(5, ["a", "b", "c", "d"]))];
    orphans.delete(id(0));
    const plansOf = (value: RowMessage["value"], stored: ReadonlyMap<string, PointMetadata>) => {
      const changes = newestChanges("books", [{ place: 0, key: ENCODED, partition: 3, value }]);
      return plan({ index: "books", changes, stored, now: 99 });
    };
    expect(writtenBy(plansOf(repaired(deletion(6)), orphans)).deleted).toEqual([id(1), id(2), id(3), id(0)]);
    const replaced = plansOf(repaired(upsert(6, ["a", "x"])), orphans);
    expect(resultOf(replaced)).toEqual(["created"]);
    expect(writtenBy(replaced)).toEqual({ upserted: [id(1), id(0)], deleted: [id(2), id(3)] });
    expect(writtenBy(plansOf(repaired(deletion(4)), made)).deleted).toEqual([]);
  });

  it("takes the newest position of a row in a batch, and of equal ones the last", () => {
    const made = planOf([upsert(4, ["a"]), upsert(6, ["b"]), upsert(5, ["c"])], new Map());
    expect(made.outcomes).toEqual([
      { key: ENCODED, table: "public.books", partition: 3, position: at(6), result: "created" },
    ]);
    expect(made.steps[0]?.upserts[0]?.text).toBe("b");
    const deleted = planOf([deletion(6), { op: "tombstone", position: at(6) }], storedAfter(5, ["a"]));
    expect(deleted.outcomes).toMatchObject([{ table: "public.books", result: "deleted" }]);
    const forgotten = planOf([{ op: "tombstone", position: at(6) }], new Map());
    expect(forgotten.outcomes).toMatchObject([{ table: null, result: "unchanged" }]);
  });
});
