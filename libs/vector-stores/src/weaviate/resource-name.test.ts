import { expect, it } from "vitest";
import { InputRefusedError } from "../errors.js";
import { escaped, fromResourceName, toResourceName } from "./resource-name.js";

const NAMES = [
  "books_3f9a1c",
  "books",
  "BOOKS",
  "Books",
  "_",
  "__",
  "a_B",
  "a__b",
  "a__2db",
  "a-b",
  "a_-b",
  "a__5f_b",
  "_-",
  "1st",
  'it\'s "quoted"\0',
  "книги 📚",
];

it.each(NAMES)("gives %j a name that Weaviate takes, and gives it back", (name) => {
  const made = toResourceName(name);
  expect(made).toMatch(/^[A-Z][_0-9A-Za-z]{0,254}$/);
  expect(fromResourceName(made)).toBe(name);
});

it("makes no two names one, not even on a disk that has them in lower case, and leaves usual ones readable", () => {
  expect(new Set(NAMES.map((name) => toResourceName(name).toLowerCase())).size).toBe(NAMES.length);
  expect(toResourceName("books_3f9a1c")).toBe("Freshet_books_3f9a1c");
  expect(escaped("Shop")).toBe("__53hop");
});

it.each(["", "x".repeat(248), "📚".repeat(20), "half \ud83d"])("refuses %j with a sentence", (name) => {
  expect(() => toResourceName(name)).toThrow(InputRefusedError);
});

it.each(["Books", "Freshet_a__zz", "Freshet_a__ff", "Freshet_a__61", "Freshet_A", "Freshet_"])(
  "takes %s for nobody's name",
  (resource) => {
    expect(fromResourceName(resource)).toBeNull();
  },
);
