import fc from "fast-check";
import { expect, it } from "vitest";
import { formatTableName, parseTableName } from "./table-name.js";

it.each([
  ["public.books", { schema: "public", name: "books" }],
  ['"My Schema"."a.b"', { schema: "My Schema", name: "a.b" }],
  ['public."say ""hi"""', { schema: "public", name: 'say "hi"' }],
  ["books", null],
  ["a.b.c", null],
  [".books", null],
  ['"open.books', null],
])("reads %s", (text, expected) => expect(parseTableName(text)).toEqual(expected));

it("writes what it reads, with quotes where they are needed alone", () => {
  expect(formatTableName({ schema: "public", name: "books" })).toBe("public.books");
  expect(formatTableName({ schema: "My Schema", name: 'a."b"' })).toBe('"My Schema"."a.""b"""');
  const part = fc.oneof(
    fc.string({ minLength: 1, unit: fc.constantFrom("a", ".", '"', " ", "\n") }),
    fc.string({ minLength: 1 }),
  );
  fc.assert(
    fc.property(part, part, (schema, name) => {
      expect(parseTableName(formatTableName({ schema, name }))).toEqual({ schema, name });
    }),
  );
});
