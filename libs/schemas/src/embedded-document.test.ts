import fc from "fast-check";
import { expect, it } from "vitest";
import {
  decodeEmbeddedMessage,
  encodeEmbeddedMessage,
  type DocumentSource,
  type EmbeddedMessage,
} from "./embedded-document.js";
import { decodeVector, encodeVector } from "./vector-encoding.js";

const source: DocumentSource = {
  table: "public.books",
  key: { id: 2n ** 60n, "odd name": "ü" },
  position: { epoch: 1, commitLsn: 2n ** 55n, seq: 4 },
  rowHash: "ff",
  committedAt: 1_700_000_000_000,
};
const model = { name: "BAAI/bge-small-en-v1.5", revision: "r", dtype: "q8", dimensions: 3 };
const vector = Float32Array.of(0.1, -0, 3.4e38);

it.each<EmbeddedMessage>([
  {
    op: "upsert",
    source,
    model,
    chunks: [
      { index: 0, text: "a", textHash: "h", vector, tokens: 3 },
      { index: 1, text: "b", textHash: "i", vector },
    ],
    payload: { year: null, isbn: 2n ** 61n },
  },
  { op: "upsert", source, model, chunks: [], payload: {} },
  { op: "delete", source },
  { op: "tombstone", position: source.position },
  { op: "tombstone", position: null },
  { op: "truncate", table: "public.books", position: source.position, committedAt: 3 },
  { op: "snapshot-end", table: "public.books", position: source.position, committedAt: 3 },
])("loses nothing of a message: $op", (message) => {
  expect(decodeEmbeddedMessage(encodeEmbeddedMessage(message))).toEqual(message);
});

it("reads a plain number array as a vector", () => {
  const value = JSON.stringify({
    op: "upsert",
    source: { ...source, key: { id: 1 }, position: "1/2/3" },
    model,
    chunks: [{ index: 0, text: "a", textHash: "h", vector: [0.5, 1] }],
    payload: {},
  });
  const message = decodeEmbeddedMessage({ value, headers: {} });
  expect(message.op === "upsert" && message.chunks[0]?.vector).toEqual(Float32Array.of(0.5, 1));
});

it("carries every float32 exactly", () => {
  fc.assert(
    fc.property(fc.float32Array({ minLength: 1, maxLength: 64 }), (values) => {
      expect(decodeVector(encodeVector(values))).toEqual(values);
    }),
  );
});

it.each(["", "AAA=", "not base64 at all"])("refuses %j as a vector", (text) => {
  expect(() => decodeVector(text)).toThrow(RangeError);
});
