import { expect, it } from "vitest";
import { parseSearchQuery } from "./search-query.js";

it("takes the only index and ten results when nothing else is said", () => {
  expect(parseSearchQuery({ q: " battle in space " }, ["books"])).toEqual({
    query: { text: "battle in space", k: 10, index: "books" },
  });
});

it.each([
  [{}, "q is missing"],
  [{ q: "  " }, "q is empty"],
  [{ q: "x", k: "0" }, "k must be at least 1"],
  [{ q: "x", k: "many" }, "k must be a whole number"],
  [{ q: "x", k: "1e9" }, "k must be at most 1000"],
  [{ q: "x" }, "index is missing: one of books, films"],
  [{ q: "x", index: "songs" }, 'there is no index "songs"'],
])("refuses %j", (raw, complaint) => {
  expect(parseSearchQuery(raw, ["books", "films"])).toEqual({
    complaint: expect.stringContaining(complaint) as string,
  });
});
