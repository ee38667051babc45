import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeChangeEvent, encodeChangeEvent, joinChangeEvent, type ChangeEvent } from "./change-event.js";
import { ChangeSourceEncoder, type ChangeSource } from "./change-source.js";
import { parseJson, stringifyJson, type JsonObject } from "./lossless-json.js";
import { BEGINNING } from "./position.js";

const source: ChangeSource = {
  db: "shop",
  schema: "public",
  table: "books",
  txId: 771,
  lsn: 2n ** 60n + 1n,
  tsMs: 1_700_000_000_123,
  snapshot: false,
  position: { epoch: 2, commitLsn: 2n ** 60n + 7n, seq: 3 },
  rowHash: "ab12",
};
const row = { id: 2n ** 62n, name: 'Ünïcode \u0000 "quoted"', price: "12.3400", gone: null, ok: true };

it.each<ChangeEvent>([
  { op: "c", before: null, after: row, source, tsMs: 5 },
  { op: "u", before: row, after: row, source, tsMs: 5 },
  { op: "r", before: null, after: row, source: { ...source, snapshot: true }, tsMs: 5 },
  { op: "d", before: { id: 1 }, source: { ...source, rowHash: null }, tsMs: 5 },
  { op: "t", source, tsMs: 5 },
  { op: "m", source, tsMs: 5 },
])("loses nothing of a $op event", (event) => {
  expect(decodeChangeEvent(encodeChangeEvent(event), BEGINNING)).toEqual(event);
});

const debezium = {
  before: null,
  after: { id: 1, name: "Dune" },
  source: {
    connector: "postgresql",
    db: "shop",
    schema: "public",
    table: "books",
    txId: 1,
    lsn: 33,
    ts_ms: 9,
    snapshot: "last",
  },
  op: "r",
  ts_ms: 10,
};

it("reads Debezium's envelope, with its schema part or without, and gives it the caller's position", () => {
  const fallback = { epoch: 0, commitLsn: 41n, seq: 0 };
  const event = decodeChangeEvent(JSON.stringify(debezium), fallback);
  expect(event).toMatchObject({
    op: "r",
    after: { name: "Dune" },
    source: { position: fallback, snapshot: true, rowHash: null },
  });
  expect(decodeChangeEvent(JSON.stringify({ schema: {}, payload: debezium }), fallback)).toEqual(event);
});

const sources = fc.record({
  db: fc.string({ unit: "grapheme" }),
  schema: fc.string({ unit: "grapheme" }),
  table: fc.string({ unit: "grapheme" }),
  txId: fc.option(fc.nat(0xffffffff)),
  lsn: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  tsMs: fc.nat(2 ** 40),
  snapshot: fc.boolean(),
  position: fc.record({
    epoch: fc.nat(2),
    commitLsn: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    seq: fc.nat(),
  }),
  rowHash: fc.option(fc.constant("ab12")),
});
const values = fc.oneof(fc.string({ unit: "grapheme" }), fc.bigInt(), fc.boolean(), fc.constant(null));
const rows = fc.array(fc.tuple(fc.oneof(fc.string(), fc.constant("__proto__")), values)).map(
  // Integers that a double can hold are read as such.
  (entries): JsonObject => parseJson(stringifyJson(Object.fromEntries(entries))) as JsonObject,
);

it("loses nothing of any row, name or number, whatever came before it in its table", () => {
  fc.assert(
    fc.property(sources, sources, rows, (source, other, row) => {
      const encoder = new ChangeSourceEncoder(source);
      for (const change of [source, other, { ...other, txId: 7 }, { ...other, tsMs: 8, lsn: 9n }, source]) {
        const text = joinChangeEvent({
          ...{ op: "u", before: null, after: stringifyJson(row), tsMs: 1, source: encoder.encode(change) },
        });
        const { db, schema, table } = source;
        const event = { op: "u", before: null, after: row, source: { ...change, db, schema, table }, tsMs: 1 };
        expect(decodeChangeEvent(text, BEGINNING)).toEqual(event);
      }
    }),
  );
});

it.each(["", "nonsense", "[]", '{"op":"c"}', '{"op":"x","source":{}}'])("refuses %j", (text) => {
  expect(() => decodeChangeEvent(text, BEGINNING)).toThrow();
});
