import { describe, expect, it } from "vitest";
import { ZodError } from "zod";
import {
  decodeEmbeddedMessage,
  encodeEmbeddedMessage,
  type DocumentSource,
  type EmbeddedMessage,
} from "./embedded-document.js";
import { encodeVector } from "./vector-encoding.js";

const source: DocumentSource = {
  table: "public.books",
  key: { id: 2n ** 60n, "odd name": "ü" },
  position: { epoch: 1, commitLsn: 2n ** 55n, seq: 4 },
  rowHash: "ff",
  committedAt: 1_700_000_000_000,
};
const model = { name: "BAAI/bge-small-en-v1.5", revision: "r", dtype: "q8", dimensions: 3 };
const vector = Float32Array.of(0.1, -0, 3.4e38);

/** Where a schema's refusal finds what is wrong. */
function issuesOf(decode: () => unknown): string[] {
  try {
    decode();
  } catch (error) {
    if (error instanceof ZodError) return error.issues.map(({ path }) => path.join("."));
    throw error;
  }
  return [];
}

it.each<EmbeddedMessage>([
  {
    op: "upsert",
    source,
    model,
    chunks: [
      { index: 0, text: "a", textHash: "h", vector, tokens: 3 },
      { index: 1, text: "b", textHash: "i", vector },
    ],
    payload: { year: null, isbn: 2n ** 61n, price: "0.12345678901234567890", digits: "12345678901234567890" },
  },
  { op: "upsert", source: { ...source, repair: true }, model, chunks: [], payload: {} },
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

describe("what isn't an embedded document", () => {
  const chunk = { index: 0, text: "a", textHash: "h", tokens: 3, vector: encodeVector(vector) };
  const written = { ...source, key: { id: 1 }, position: "1/2/3" };
  const document = { op: "upsert", source: written, model, chunks: [chunk], payload: {} };
  const decode = (value: unknown) => decodeEmbeddedMessage({ value: JSON.stringify(value), headers: {} });

  it.each<[path: string, message: unknown]>([
    ["", []],
    ["op", { ...document, op: "insert" }],
    ["payload", { ...document, payload: [1] }],
    ["payload", { ...document, payload: undefined }],
    ["model.dimensions", { ...document, model: { ...model, dimensions: 0 } }],
    ["source", { op: "delete" }],
    ["source.key", { ...document, source: { ...written, key: null } }],
    ["source.key", { ...document, source: { ...written, key: "1" } }],
    ["source.position", { op: "delete", source: { ...written, position: "1/2" } }],
    ["source.rowHash", { ...document, source: { ...written, rowHash: undefined } }],
    ["source.committedAt", { ...document, source: { ...written, committedAt: "3" } }],
    ["source.repair", { ...document, source: { ...written, repair: false } }],
    ["chunks", { ...document, chunks: {} }],
    ["chunks.1", { ...document, chunks: [chunk, null] }],
    ["chunks.0.index", { ...document, chunks: [{ ...chunk, index: -1 }] }],
    ["chunks.0.text", { ...document, chunks: [{ ...chunk, text: null }] }],
    ["chunks.0.tokens", { ...document, chunks: [{ ...chunk, tokens: 1.5 }] }],
    ["chunks.0.vector", { ...document, chunks: [{ ...chunk, vector: [] }] }],
    ["chunks.0.vector", { ...document, chunks: [{ ...chunk, vector: ["1"] }] }],
    ["table", { op: "truncate", position: "1/2/3", committedAt: 3 }],
  ])("is refused with what is wrong: %s", (path, message) => {
    expect(issuesOf(() => decode(message))).toEqual([path]);
  });

  it("is refused in words that a person understands", () => {
    expect(() => decode({ ...document, payload: 1 })).toThrow("expected a JSON object");
    expect(() => decode({ op: "delete", source: { ...written, position: "1/2" } })).toThrow("is not a position");
    expect(() => decode({ ...document, chunks: [{ ...chunk, vector: "AAA=" }] })).toThrow("a vector of 2 bytes");
  });

  it("may hold more than that, which is left out", () => {
    const more = { more: { of: 1 } };
    const message = { ...document, source: { ...written, ...more }, model: { ...model, ...more } };
    expect(decode({ ...message, ...more, chunks: [{ ...chunk, ...more }] })).toEqual(decode(document));
  });
});
