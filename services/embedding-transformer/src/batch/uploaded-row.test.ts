import { expect, it } from "vitest";
import { checkedRow } from "./uploaded-row.js";
import { writeVector } from "@freshet/batch-client/vector-bytes";

const rules = { dimensions: 2, keyColumns: ["id"] };
const chunk = (...values: number[]) => ({ text: "x", vector: writeVector(Float32Array.from(values)) });
const row = { key: '{"id":9007199254740993}', position: "", payload: "", chunks: [chunk(0.6, 0.8)] };

it("reads a row, big numbers in its key among them", () => {
  expect(checkedRow({ ...row, position: "1/2/3", payload: '{"a":1}' }, rules)).toEqual({
    key: { id: 9007199254740993n },
    encodedKey: '{"id":9007199254740993}',
    basedOn: { epoch: 1, commitLsn: 2n, seq: 3 },
    chunks: [{ text: "x", vector: Float32Array.from([0.6, 0.8]) }],
    payload: { a: 1 },
  });
  expect(checkedRow({ ...row, key: '{ "id" : "a" }', chunks: [] }, rules)).toMatchObject({
    encodedKey: '{"id":"a"}',
    basedOn: null,
    chunks: [],
    payload: null,
  });
});

it.each([
  ["a key that isn't JSON", { key: "7x" }, /JSON/],
  ["a key that is no object", { key: "7" }, /JSON object/],
  ["a key without columns", { key: "{}" }, /names no row/],
  ["a reserved key", { key: '{"$freshet":"truncate"}' }, /names no row/],
  ["another table's key", { key: '{"ID":1}' }, /columns id, not ID/],
  ["another dimension", { chunks: [chunk(1, 0, 0)] }, /3 dimensions, the index's model 2/],
  ["half a number", { chunks: [{ text: "x", vector: Buffer.alloc(7) }] }, /7 bytes/],
  ["NaN", { chunks: [chunk(1, NaN)] }, /isn't finite/],
  ["infinity", { chunks: [chunk(1, Infinity)] }, /isn't finite/],
  ["no direction", { chunks: [chunk(0, 0)] }, /length 0/],
  ["another length", { chunks: [chunk(3, 4)] }, /length 5.*normalise/],
  ["no text", { chunks: [{ ...chunk(1, 0), text: " " }] }, /no text/],
  ["a position that is none", { position: "7" }, /not a position/],
  ["a payload that is no object", { payload: "[]" }, /no JSON object/],
])("refuses %s", (_, change, reason) => {
  expect(() => checkedRow({ ...row, ...change }, rules)).toThrow(reason);
});
