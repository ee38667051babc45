import { beforeAll, afterAll, beforeEach, expect, it } from "vitest";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { PayloadFilter } from "../payload-filter.js";
import type { VectorStore } from "../vector-store.js";
import { axis, newCollection, point, write } from "./sample.js";

const HOSTILE = "it's a $1 column; --";

const ROWS = {
  dune: { title: "Dune", year: 1965, price: 9.5, tags: ["desert", "worm"], lent: true },
  emma: { title: "Emma", year: 1815, price: 5, tags: [], lent: false, [HOSTILE]: "yes" },
  faust: { title: "Faust'; --", year: 1808, price: null, tags: ["devil"], lent: false },
  none: { year: "1965" },
} satisfies Record<string, JsonObject>;

const CASES: readonly [what: string, filter: PayloadFilter, expected: readonly (keyof typeof ROWS)[]][] = [
  ["equal text", { field: "title", equals: "Dune" }, ["dune"]],
  ["equal text with quotes", { field: "title", equals: "Faust'; --" }, ["faust"]],
  ["an equal number, and no text of its digits", { field: "year", equals: 1965 }, ["dune"]],
  ["an equal fraction", { field: "price", equals: 9.5 }, ["dune"]],
  ["an equal truth", { field: "lent", equals: false }, ["emma", "faust"]],
  ["an element of a list", { field: "tags", equals: "worm" }, ["dune"]],
  ["one of some", { field: "title", in: ["Emma", "Dune", "Ulysses"] }, ["dune", "emma"]],
  ["one of some of different types", { field: "year", in: [1808, "1965"] }, ["faust", "none"]],
  ["one of none", { field: "title", in: [] }, []],
  ["a range", { field: "year", range: { gte: 1815, lt: 1965 } }, ["emma"]],
  ["a range open at one end", { field: "year", range: { gt: 1808 } }, ["dune", "emma"]],
  ["a range that ends with a value", { field: "price", range: { lte: 9.5 } }, ["dune", "emma"]],
  ["null, missing or empty", { field: "price", isNull: true }, ["faust", "none"]],
  ["an empty list as null", { field: "tags", isNull: true }, ["emma", "none"]],
  [
    "all of some",
    {
      and: [
        { field: "lent", equals: false },
        { field: "year", range: { lt: 1810 } },
      ],
    },
    ["faust"],
  ],
  ["all of none", { and: [] }, ["dune", "emma", "faust", "none"]],
  [
    "any of some",
    {
      or: [
        { field: "title", equals: "Emma" },
        { field: "tags", equals: "devil" },
      ],
    },
    ["emma", "faust"],
  ],
  ["any of none", { or: [] }, []],
  ["not, also of what is missing", { not: { field: "title", equals: "Dune" } }, ["emma", "faust", "none"]],
  ["not null", { not: { field: "price", isNull: true } }, ["dune", "emma"]],
  ["not within not", { not: { not: { or: [{ field: "title", equals: "Emma" }] } } }, ["emma"]],
  ["a hostile column", { field: HOSTILE, equals: "yes" }, ["emma"]],
  ["a column that no row has", { field: "nobody's", equals: "x" }, []],
];

export function filtersContract(opened: () => VectorStore): void {
  let store: VectorStore;
  let name: string;
  beforeAll(async () => {
    store = opened();
    name = await newCollection(store);
    const upserts = Object.entries(ROWS).map(([id, row]) => point({ key: { id }, payload: { ...row, id } }));
    await write(store, name, { upserts });
  });
  afterAll(() => store.drop(name));
  beforeEach(({ skip }) => skip(!store.capabilities.filters, "can't filter by columns"));

  it.each(CASES)("searches by %s", async (_what, filter, expected) => {
    const hits = await store.search(name, { vector: axis(0), k: 10, filter });
    expect(hits.map(({ payload }) => payload["id"]).sort()).toEqual(expected);
  });

  it("finds as many as were asked for of what matches, nearest first", async () => {
    const collection = await newCollection(store);
    const upserts = Array.from({ length: 2_000 }, (_, id) => point({ key: { id }, payload: { part: id % 50 } }));
    await write(store, collection, { upserts });
    await store.finishLoad(collection);
    const hits = await store.search(collection, { vector: axis(2), k: 20, filter: { field: "part", equals: 7 } });
    expect(hits).toHaveLength(20);
    expect(new Set(hits.map(({ payload }) => payload["part"]))).toEqual(new Set([7]));
    const scores = hits.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    await store.drop(collection);
  });
}
