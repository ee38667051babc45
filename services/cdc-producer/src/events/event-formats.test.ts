import { decodeChangeEvent, type ChangeEvent, type RowWritten } from "@freshet/schemas/change-event";
import { parseJson, type JsonValue } from "@freshet/schemas/lossless-json";
import { BEGINNING } from "@freshet/schemas/position";
import { rowHash } from "@freshet/schemas/row-hash";
import { encodeRowKey } from "@freshet/schemas/row-key";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UNCHANGED, type OldTuple } from "../replication/pgoutput.js";
import { captureTable, type CapturedTable } from "./captured-table.js";
import type { ChangeOrigin } from "./event-format.js";
import { eventFormat } from "./event-formats.js";

const unicode = fc.string({ unit: "grapheme" });
/** What Postgres prints of a type's values. */
const TEXTS = new Map<string, { readonly oid: number; readonly text: fc.Arbitrary<string> }>([
  ["text", { oid: 25, text: fc.oneof(unicode, fc.string({ unit: "binary-ascii" })) }],
  ["int8", { oid: 20, text: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }],
  ["numeric", { oid: 1700, text: fc.constantFrom("1.10", "NaN", "-Infinity", `${"9".repeat(40)}.10`) }],
  ["float8", { oid: 701, text: fc.constantFrom("1e+20", "0.30000000000000004", "NaN", "-0") }],
  ["bool", { oid: 16, text: fc.constantFrom("t", "f") }],
  ["timestamptz", { oid: 1184, text: fc.constantFrom("2024-02-29 12:34:56.1+00", "infinity") }],
  ["bytea", { oid: 17, text: fc.constantFrom("\\x", "\\x00ff") }],
]);
const types = new Map(
  [...TEXTS].map(([name, { oid }]) => [
    oid,
    { oid, schema: "pg_catalog", name, delimiter: ",", kind: "base" as const },
  ]),
);
const name = fc.oneof(unicode, fc.constantFrom("__proto__", "7", 'a"b'));
const column = fc.constantFrom(...TEXTS.values()).chain(({ oid, text }) =>
  fc.record({
    name,
    typeOid: fc.constant(oid),
    text: fc.option(text),
    old: fc.option(text),
    isKey: fc.boolean(),
    known: text,
  }),
);
const columns = fc.uniqueArray(column, { selector: ({ name }) => name, minLength: 1, maxLength: 8 });
const origin: ChangeOrigin = {
  ...{ database: 'sh"op', txId: 771, lsn: 2n ** 60n + 1n, committedAt: 1_700_000_000_123, snapshot: false },
  position: { epoch: 2, commitLsn: 2n ** 60n + 7n, seq: 3 },
};

interface Sample {
  readonly table: CapturedTable;
  readonly row: readonly (string | null)[];
  readonly old: OldTuple;
}

const samples: fc.Arbitrary<Sample> = fc.record({ columns, full: fc.boolean() }).map(({ columns, full }) => {
  const keyed = columns.some(({ isKey }) => isKey) ? columns : columns.map((column) => ({ ...column, isKey: true }));
  const table = captureTable({
    ...{ schema: "pub.lic", name: 'bo"oks', partitioned: false, topic: "books", partitions: 3, types },
    columns: keyed.map(({ name, typeOid, isKey }) => ({ name, typeOid, typeModifier: -1, identity: full || isKey })),
    keyColumns: keyed.flatMap(({ name, isKey }) => (isKey ? [name] : [])).reverse(),
  });
  const tuple = keyed.map(({ isKey, known, old }) => (isKey ? known : full ? old : null));
  return {
    table,
    row: keyed.map(({ isKey, text, known }) => (isKey ? known : text)),
    old: { kind: full ? "full" : "key", tuple },
  };
});

function valueOf({ columns }: CapturedTable, place: number, text: string | null): JsonValue {
  return text === null ? null : parseJson(columns[place]?.toJson(text) ?? "");
}

/** The row as an object: how events were made before, and what readers see. */
function toObject(table: CapturedTable, tuple: readonly (string | null | undefined)[]) {
  return Object.fromEntries(
    table.columns.flatMap(({ name }, place) => {
      const text = tuple[place];
      return text === undefined ? [] : [[name, valueOf(table, place, text)] as const];
    }),
  );
}

function keyOf(table: CapturedTable, tuple: OldTuple["tuple"]): string {
  const named = table.key.map((place) => {
    const text = tuple[place];
    return [table.columns[place]?.name ?? "", valueOf(table, place, typeof text === "string" ? text : null)] as const;
  });
  return encodeRowKey(Object.fromEntries(named));
}

function decode(value: Buffer | string | null): Omit<ChangeEvent, "tsMs"> {
  const { tsMs, ...event } = decodeChangeEvent(String(value), BEGINNING);
  expect(Math.abs(tsMs - Date.now())).toBeLessThan(60_000);
  return event;
}

function sourceOf(table: CapturedTable, hash: string | null) {
  const { database, committedAt, ...rest } = origin;
  return { ...rest, db: database, schema: table.schema, table: table.name, tsMs: committedAt, rowHash: hash };
}

describe("the Debezium format", () => {
  const format = eventFormat("debezium");

  it("holds the whole row, and what is known of the old one, whatever their names and values are", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom("c", "u", "r"), ({ table, row, old }, op) => {
        const record = format.written(table, { op, row, old }, origin);
        expect(record).toMatchObject({ topic: "books", key: keyOf(table, row) });
        const before = table.columns.map(({ identity }, place) =>
          old.kind === "full" || identity ? (old.tuple[place] as string | null) : undefined,
        );
        expect(decode(record.value)).toEqual({
          ...{ op, before: toObject(table, before), after: toObject(table, row) },
          source: sourceOf(table, rowHash(row)),
        });

        const [deleted, tombstone] = format.deleted(table, old, origin);
        expect(tombstone).toEqual({ topic: "books", key: keyOf(table, old.tuple), value: null });
        expect(deleted?.key).toBe(tombstone?.key);
        const event = { op: "d", before: toObject(table, before), source: sourceOf(table, null) };
        expect(decode(deleted?.value ?? null)).toEqual(event);
      }),
    );
  });
});

describe("the wal2json format", () => {
  const format = eventFormat("wal2json");

  it("names rows as the other does, and loses nothing of where they come from", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom("c", "u", "r"), ({ table, row, old }, op) => {
        const placed = { ...origin, snapshot: op === "r" };
        const record = format.written(table, { op, row, old }, placed);
        expect(record).toMatchObject({ topic: "books", key: keyOf(table, row) });
        const event = decode(record.value);
        expect(event).toMatchObject({ op, source: { ...sourceOf(table, rowHash(row)), snapshot: placed.snapshot } });
        expect(Object.keys((event as RowWritten).after)).toEqual(Object.keys(toObject(table, row)));
        const [deleted] = format.deleted(table, old, origin);
        expect(decode(deleted?.value ?? null)).toMatchObject({ op: "d", source: sourceOf(table, null) });
      }),
    );
  });
});

describe.each(["debezium", "wal2json"] as const)("%s", (name) => {
  const table = captureTable({
    ...{
      schema: "public",
      name: "books",
      partitioned: false,
      topic: "books",
      partitions: 3,
      types,
      keyColumns: ["id"],
    },
    columns: [
      { name: "id", typeOid: 20, typeModifier: -1, identity: false },
      { name: "note", typeOid: 25, typeModifier: -1, identity: true },
    ],
  });

  it.each([
    ["truncate", "t"],
    ["snapshot-end", "m"],
  ] as const)("has a %s for each partition", (operation, op) => {
    const records = eventFormat(name).control(table, operation, origin);
    expect(records.map(({ key, partition }) => [key, partition])).toEqual(
      [0, 1, 2].map((partition) => [`{"$freshet":"${operation}"}`, partition]),
    );
    for (const { value } of records) expect(decode(value)).toEqual({ op, source: sourceOf(table, null) });
  });

  it("refuses an old row without its key", () => {
    const old: OldTuple = { kind: "key", tuple: [null, "x"] };
    expect(() => eventFormat(name).deleted(table, old, origin)).toThrow(/doesn't cover its primary key/);
    const cut: OldTuple = { kind: "full", tuple: [UNCHANGED, "x"] };
    expect(() => eventFormat(name).deleted(table, cut, origin)).toThrow(/doesn't cover its primary key/);
  });
});
