import fc from "fast-check";
import { v5 as uuidv5 } from "uuid";
import { expect, it } from "vitest";
import { pointId } from "./point-id.js";

it.each([
  ["books", '{"id":1}', 0, "e8123bf3-4382-53dc-8187-8c0be3b3e6f9"],
  ["books", '{"id":1}', 12, "34f54a80-cfcc-58ec-96c7-5add565bd21c"],
  ["Bücher", '{"a":"ü😀","b":9007199254740993}', 1, "8623af4e-dc58-5b6f-81c3-7b9e9577fa23"],
])("never gives another id to chunk %3$d of row %2$s of %1$s", (index, key, chunk, id) => {
  expect(pointId(index, key, chunk)).toBe(id);
});

it("gives UUIDs of version 5", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), fc.nat(), (index, key, chunk) => {
      const name = `${index}|${key}|${chunk}`;
      expect(pointId(index, key, chunk)).toBe(uuidv5(name, "6f1b7c52-6d3f-5a0e-9f0b-0d8f5f5f7a11"));
    }),
  );
});
