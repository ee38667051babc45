import { describe, expect, test } from "vitest";
import { bytes, json, nullable, text } from "./codecs.js";
import type { Codec } from "./topic.js";

const origin = { topic: "t", partition: 0, offset: 0n, headers: {}, timestamp: 0 };

function roundTrip<T>(codec: Codec<T>, value: T): T {
  const encoded = codec.encode(value).bytes;
  return codec.decode(typeof encoded === "string" ? Buffer.from(encoded) : encoded, origin);
}

const flag = json((value) => {
  if (typeof value !== "boolean") throw new TypeError("no boolean");
  return value;
});

test("what is encoded is decoded to the same", () => {
  expect(roundTrip(bytes, Buffer.from([0, 255]))).toEqual(Buffer.from([0, 255]));
  expect(roundTrip(text, "\uFEFFünï 🐘")).toBe("\uFEFFünï 🐘");
  expect(roundTrip(flag, false)).toBe(false);
  expect(roundTrip(nullable(text), "")).toBe("");
  expect(nullable(text).encode(null).bytes).toBeNull();
  expect(nullable(text).decode(null, origin)).toBeNull();
});

describe("poison is", () => {
  test.each([
    ["text that is no UTF-8", () => text.decode(Buffer.from([0xc3, 0x28]), origin), /UTF-8/],
    ["JSON that is none", () => flag.decode(Buffer.from("tru"), origin), /JSON/],
    ["JSON of another shape", () => flag.decode(Buffer.from("1"), origin), /no boolean/],
    ["a tombstone where there is to be a value", () => flag.decode(null, origin), /tombstone/],
    ["a value that JSON can't say", () => json((value) => value).encode(undefined), /undefined has no JSON/],
  ])("%s", (_, work, message) => {
    expect(work).toThrow(message);
  });
});
