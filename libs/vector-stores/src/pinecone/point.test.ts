import { expect, it } from "vitest";
import { point, withoutVector } from "../contract/sample.js";
import { InputRefusedError } from "../errors.js";
import { toContent, toPoint, toRecord, toRecordMetadata } from "./point.js";
import { upsertBatches } from "./upsert-batches.js";

const FIELDS = { title: "keyword", tags: "keyword", year: "integer", lent: "boolean" } as const;

it("gives back a point as it was, every digit of it", () => {
  const payload = { title: "Dune", big: 9_007_199_254_740_993n, nested: { list: [1, null, true] } };
  const stored = point({ payload, rowHash: null });
  const { values, ...record } = toRecord(stored, FIELDS);
  expect(toPoint({ ...record, ...(values ? { values } : {}) })).toEqual(stored);
  expect(toContent(record)).toEqual(withoutVector(stored));
});

it("has the same keys whatever a row has, so that an update leaves nothing of the row before", () => {
  const full = toRecordMetadata(point({ payload: { title: "Dune", tags: ["a"], year: 0, lent: false } }), FIELDS);
  const bare = toRecordMetadata(point({ payload: { title: null, tags: [], year: "1965" } }), FIELDS);
  expect(Object.keys(bare).sort()).toEqual(Object.keys(full).sort());
  expect(full).toMatchObject({ present: ["", "title", "tags", "year", "lent"], absent: [""], column_tags: ["a"] });
  expect(bare).toMatchObject({ present: [""], absent: ["", "title", "tags", "year", "lent"] });
  expect(bare).toMatchObject({ column_title: "", column_tags: "", column_year: 0, column_lent: false });
});

it("has no value that Pinecone doesn't take", () => {
  const metadata = toRecordMetadata(point({ payload: { tags: [1, 2], title: ["a", null] }, rowHash: null }), FIELDS);
  for (const value of Object.values(metadata)) {
    expect(Array.isArray(value) ? value.map((part) => typeof part) : [typeof value]).toEqual(
      expect.arrayContaining([expect.stringMatching(/^(string|number|boolean)$/)]),
    );
  }
  expect(metadata["absent"]).toEqual(["", "title", "tags", "year", "lent"]);
});

it("refuses what is too large, and names it", () => {
  const large = point({ text: "x".repeat(41_000) });
  expect(() => toRecord(large, {})).toThrow(InputRefusedError);
  expect(() => toRecord(large, {})).toThrow(expect.objectContaining({ ids: [large.id] }));
  expect(() => toRecord(point({ lsn: 2n ** 53n }), {})).toThrow(/beyond 2\^53/);
});

it("cuts batches by records and by bytes", () => {
  const small = Array.from({ length: 2_100 }, (_, id) => ({ id: String(id), values: [1] }));
  expect([...upsertBatches(small)].map((batch) => batch.length)).toEqual([1_000, 1_000, 100]);
  const records = Array.from({ length: 100 }, (_, id) =>
    toRecord(point({ key: { id }, text: "x".repeat(30_000) }), {}),
  );
  const batches = [...upsertBatches(records)];
  expect(batches.flat()).toEqual(records);
  for (const batch of batches) expect(Buffer.byteLength(JSON.stringify({ vectors: batch }))).toBeLessThan(2_000_000);
  expect(batches.length).toBeLessThan(4);
});
