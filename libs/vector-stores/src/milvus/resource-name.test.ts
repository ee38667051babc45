import { expect, it } from "vitest";
import { InputRefusedError } from "../errors.js";
import { fromResourceName, toResourceName } from "./resource-name.js";

const NAMES = [
  "books_3f9a1c",
  "books",
  "BOOKS",
  "_",
  "__",
  "a__b",
  "a__2db",
  "a-b",
  "a_-b",
  "a__5f_b",
  "_-",
  "1st",
  "_1st",
  'it\'s "quoted"\0',
  "книги 📚",
];

it.each(NAMES)("gives %j a name that Milvus takes, and gives it back", (name) => {
  const made = toResourceName(name);
  expect(made).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/);
  expect(fromResourceName(made)).toBe(name);
});

it("makes no two names one, and leaves usual ones alone", () => {
  expect(new Set(NAMES.map((name) => toResourceName(name))).size).toBe(NAMES.length);
  expect(toResourceName("books_3f9a1c")).toBe("books_3f9a1c");
  expect(toResourceName("my-books_3f9a1c")).toBe("my__2dbooks_3f9a1c");
});

it.each(["", "x".repeat(256), "📚".repeat(20), "half \ud83d"])("refuses %j with a sentence", (name) => {
  expect(() => toResourceName(name)).toThrow(InputRefusedError);
});

it.each(["a__zz", "a__ff", "a__41", "a-b", "1a", "a__"])("takes %s for nobody's name", (resource) => {
  expect(fromResourceName(resource)).toBeNull();
});
