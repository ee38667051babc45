import { expect, it } from "vitest";
import { indexName } from "./index-name.js";

const NAMES = [
  "books_3f9a1c",
  "books-3f9a1c",
  "BOOKS_3f9a1c",
  'it\'s "quoted"',
  "книги 📚",
  "-",
  "x".repeat(240),
  "a\0b",
];

it.each(NAMES)("gives %j a name that Pinecone takes", (name) => {
  expect(indexName(name)).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,43}[a-z0-9])?$/);
});

it("makes no two names one, and says what it is", () => {
  expect(new Set(NAMES.map(indexName)).size).toBe(NAMES.length);
  expect(indexName("books_3f9a1c")).toMatch(/^books-3f9a1c-[0-9a-f]{16}$/);
});
