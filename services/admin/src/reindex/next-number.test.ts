import { expect, it } from "vitest";
import { nextNumber } from "./next-number.js";
import { generationsState } from "./testing/generations.js";

it("takes no number by which Kafka would take a topic for another index's", () => {
  const numberBeside = (...indexes: string[]) => nextNumber(generationsState(), { indexes, stored: [] });
  expect(numberBeside("books", "books-2", "books_20", "book_2")).toBe(2);
  expect(numberBeside("books", "books_2", "books_3")).toBe(4);
});

it("takes no number that the record has given, or of which a store has something left", () => {
  const numberOver = (...stored: number[]) => nextNumber(generationsState([1], { last: 2 }), { indexes: [], stored });
  expect(numberOver()).toBe(3);
  expect(numberOver(1, 2)).toBe(3);
  expect(numberOver(5, 1)).toBe(6);
});
