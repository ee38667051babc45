import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeVector, encodeVector } from "./vector-encoding.js";

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

it("reads base64 as others write it: in lines, without padding, or for URLs", () => {
  const vector = Float32Array.of(0.1, -0, 3.4e38, -1e-45);
  const text = encodeVector(vector);
  const lines = text.match(/.{1,5}/g)?.join("\r\n") ?? "";
  for (const other of [lines, text.replace(/=+$/, ""), text.replaceAll("+", "-").replaceAll("/", "_")]) {
    expect(decodeVector(other)).toEqual(vector);
  }
});

it.each(["AACAPw==", " AACA Pw== "])("gives %j memory of its own, and no more than it needs", (text) => {
  const { buffer, byteOffset } = decodeVector(text);
  expect([buffer.byteLength, byteOffset]).toEqual([4, 0]);
});
