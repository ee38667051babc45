import { expect, it } from "vitest";
import { tableName } from "./collection.js";

it.each(["books_3f9a1c", "Bücher 📚", 'it\'s "quoted"', "x".repeat(56)])("keeps the name %s", (name) => {
  expect(tableName(name)).toBe(name);
});

it.each(["x".repeat(57), "_collections", "_aliases", "books.hnsw", "books.pkey", "📚".repeat(20), ""])(
  "makes a name of its own of %s, which Postgres doesn't cut",
  (name) => {
    const made = tableName(name);
    expect(made).not.toBe(name);
    expect(made).toMatch(/^[^_].*\.[0-9a-f]{12}$|^\.[0-9a-f]{12}$/u);
    expect(Buffer.byteLength(`${made}.hnsw`)).toBeLessThanOrEqual(63);
  },
);

it("tells names apart that begin alike", () => {
  const names = ["a", "b"].map((end) => "x".repeat(80) + end);
  expect(new Set(names.map(tableName)).size).toBe(2);
});
