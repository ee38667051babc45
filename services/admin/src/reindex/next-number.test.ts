import { embeddingsTopic } from "@freshet/schemas/topics";
import { expect, it } from "vitest";
import { nextNumber } from "./next-number.js";
import { generationsState } from "./testing/generations.js";

it("takes no number by which Kafka would take a topic for another index's", () => {
  const numberBeside = (...indexes: string[]) =>
    nextNumber(generationsState(), { indexes, stored: [], topics: new Set() });
  expect(numberBeside("books", "books-2", "books_20", "book_2")).toBe(2);
  expect(numberBeside("books", "books_2", "books_3")).toBe(4);
});

it("takes no number that the record has given, or of which a store or Kafka has something left", () => {
  const state = generationsState([1], { last: 2 });
  const topics = new Set([2, 7, 8, 10].map((number) => embeddingsTopic("books", number)));
  const numberOver = (...stored: number[]) => nextNumber(state, { indexes: [], stored, topics });
  expect(numberOver()).toBe(3);
  expect(numberOver(1, 2)).toBe(3);
  expect(numberOver(5, 1)).toBe(6);
  expect(numberOver(6)).toBe(9);
});
