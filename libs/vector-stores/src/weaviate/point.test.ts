import { expect, it } from "vitest";
import { point } from "../contract/sample.js";
import { InputRefusedError } from "../errors.js";
import { toPoint, toSent } from "./point.js";

const PLAIN = { fields: {}, words: null };

it("gives back a point as it was, with every digit", () => {
  const payload = { title: "Dune", nested: [1, null], big: 2n ** 62n, half: "\ud83d", ["__proto__"]: 1 };
  const stored = point({ lsn: 2n ** 62n, rowHash: null, payload });
  const object = toSent([stored], PLAIN)[0]?.object;
  expect(toPoint({ uuid: stored.id, properties: object?.properties, vectors: { default: object?.vectors } })).toEqual(
    stored,
  );
});

it("has a hybrid collection's words, and the fields of a row", () => {
  const options = { fields: { title: "keyword" }, words: (text: string) => `words of ${text}` } as const;
  const properties = (...args: Parameters<typeof toSent>) => toSent(...args)[0]?.object.properties;
  expect(properties([point({ text: "a", payload: { title: "Dune" } })], options)).toMatchObject({
    text: "a",
    words: "words of a",
    column_title_values: ['"Dune"'],
  });
  expect(properties([point()], PLAIN)).not.toHaveProperty("words");
});

it("refuses half a character in a text, and names the points", () => {
  const halves = ["a\ud83d", "\ude00b"].map((text, id) => point({ key: { id }, text }));
  const make = () => toSent([point({ text: "whole 😀" }), ...halves], PLAIN);
  expect(make).toThrow(InputRefusedError);
  expect(make).toThrow(expect.objectContaining({ ids: halves.map(({ id }) => id) }));
});
