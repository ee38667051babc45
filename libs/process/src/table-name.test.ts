import { expect, it } from "vitest";
import { parseTableName } from "./table-name.js";

it.each([
  ["public.books", { schema: "public", name: "books" }],
  ['"My Schema"."a.b"', { schema: "My Schema", name: "a.b" }],
  ['public."say ""hi"""', { schema: "public", name: 'say "hi"' }],
  ["books", null],
  ["a.b.c", null],
  [".books", null],
  ['"open.books', null],
])("reads %s", (text, expected) => expect(parseTableName(text)).toEqual(expected));
