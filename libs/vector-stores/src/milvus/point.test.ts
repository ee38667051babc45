import { expect, it } from "vitest";
import { point } from "../contract/sample.js";
import { InputRefusedError } from "../errors.js";
import { toPartialRow, toPoint, toRow } from "./point.js";

const PLAIN = { tenant: null, words: null };
const SHOPS = { tenant: "shop", words: null };

it("gives back a point as it was, as the client gives its integers", () => {
  const stored = point({ lsn: 2n ** 62n, rowHash: null, payload: { title: "Dune", nested: [1, null] } });
  const row = toRow(stored, PLAIN);
  const { chunk, chunks, position } = stored.metadata;
  const numbers = { chunk: `${chunk}`, chunks: `${chunks}`, epoch: `${position.epoch}`, seq: `${position.seq}` };
  expect(toPoint({ ...row, ...numbers })).toEqual(stored);
});

it("keeps the digits of large integers as text, because the client would round them", () => {
  const { payload } = toRow(point({ payload: { big: 2n ** 62n, list: [{ deep: -(2n ** 60n) }] } }), PLAIN);
  expect(payload).toEqual({ big: "4611686018427387904", list: [{ deep: "-1152921504606846976" }] });
});

it("has the tenant apart, empty for none", () => {
  const tenantOf = (payload: { shop?: string | null }) => toRow(point({ payload }), SHOPS)["tenant"];
  expect([tenantOf({ shop: "a" }), tenantOf({ shop: null }), tenantOf({})]).toEqual(["a", "", ""]);
  expect(toRow(point(), PLAIN)).not.toHaveProperty("tenant");
});

it.each([
  ["a tenant that is no text", point({ payload: { shop: 5 } })],
  ["half a character in the text", point({ text: "half \ud83d" })],
  ["half a character in a column", point({ payload: { deep: [{ x: "\\\ude00" }] } })],
  ["more text than Milvus takes", point({ text: "ü".repeat(32_768) })],
  ["more columns than Milvus takes", point({ payload: { body: "x".repeat(65_536) } })],
])("refuses %s, and names the point", (_what, refused) => {
  const make = () => toPartialRow(refused, SHOPS);
  expect(make).toThrow(InputRefusedError);
  expect(make).toThrow(expect.objectContaining({ ids: [refused.id] }));
});

it("takes whole characters, and backslashes before what looks like half of one", () => {
  const payload = { emoji: "😀", code: "\\ud83d and \\\\ud83d" };
  expect(toRow(point({ text: "😀", payload }), PLAIN)).toMatchObject({ text: "😀", payload });
});

it("has a hybrid collection's words apart, also when everything but the vector is replaced", () => {
  const options = { tenant: null, words: (text: string) => `words of ${text}` };
  expect(toRow(point({ text: "a" }), options)).toMatchObject({ text: "a", words: "words of a" });
  expect(toPartialRow(point({ text: "b" }), options)).toMatchObject({ words: "words of b" });
});
