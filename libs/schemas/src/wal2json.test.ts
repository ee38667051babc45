import { describe, expect, it } from "vitest";
import { decodeChangeEvent } from "./change-event.js";

const FALLBACK = { epoch: 0, commitLsn: 41n, seq: 0 };
const RECORDED_AT = 1_700_000_000_000;

const insert = {
  kind: "insert",
  schema: "public",
  table: "books",
  columnnames: ["id", "name", "gone"],
  columntypes: ["bigint", "text", "text"],
  columnvalues: [1, "Dune", null],
};
const oldkeys = { keynames: ["id"], keytypes: ["bigint"], keyvalues: [1] };
const update = { ...insert, kind: "update", oldkeys };
const deletion = { kind: "delete", schema: "public", table: "books", oldkeys };

function decode(value: unknown) {
  return decodeChangeEvent(JSON.stringify(value), FALLBACK, RECORDED_AT);
}

describe("wal2json's changes, format version 1", () => {
  const source = {
    ...{ db: "", schema: "public", table: "books", txId: null, lsn: 0n, tsMs: RECORDED_AT, snapshot: false },
    ...{ position: FALLBACK, rowHash: null },
  };
  const row = { id: 1, name: "Dune", gone: null };

  it.each([
    [insert, { op: "c", before: null, after: row }],
    [update, { op: "u", before: { id: 1 }, after: row }],
    [deletion, { op: "d", before: { id: 1 } }],
  ])("are read alone: %#", (change, event) => {
    expect(decode(change)).toEqual({ ...event, source, tsMs: RECORDED_AT });
  });

  it("are read out of their transaction's object, with what it says", () => {
    const timestamp = "2018-03-27 11:58:28.988414-03";
    const event = decode({ xid: 7, nextlsn: "0/1A", timestamp, change: [update] });
    expect(event).toMatchObject({
      op: "u",
      after: row,
      source: { txId: 7, tsMs: Date.UTC(2018, 2, 27, 14, 58, 28, 988) },
    });
  });

  it.each([[[]], [[insert, deletion]]])("are refused when one message has none or several: %#", (change) => {
    expect(() => decode({ change })).toThrow(/has \d changes of wal2json/);
  });

  it("keep the digits of numbers that JavaScript would round", () => {
    const text = JSON.stringify({ ...insert, columnvalues: ["9007199254740993", "0.12345678901234567890", null] });
    const event = decodeChangeEvent(text.replaceAll(/"(\d[\d.]+)"/g, "$1"), FALLBACK);
    expect(event).toMatchObject({ after: { id: 9007199254740993n, name: "0.12345678901234567890" } });
  });

  it.each([{ kind: "insert" }, { ...insert, columnvalues: 5 }, { kind: "message", content: "" }, { change: [{}] }])(
    "are refused when they aren't: %j",
    (value) => {
      expect(() => decode(value)).toThrow();
    },
  );
});
