import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { NO_FEATURES, type CollectionFeatures } from "../collection-spec.js";
import { CollectionMismatchError, InputRefusedError } from "../errors.js";
import type { PayloadFilter } from "../payload-filter.js";
import type { VectorStore } from "../vector-store.js";
import { axis, newCollection, point, VECTORS, write } from "./sample.js";

const HOSTILE = "it's a $1 column; --";

const ROWS = {
  dune: { title: "Dune", year: 1965, price: 9.5, tags: ["desert", "worm"], sizes: [36, 44], lent: true },
  emma: { title: "Emma", year: 1815, price: 5, tags: [], sizes: [40], lent: false, [HOSTILE]: "yes" },
  faust: { title: "Faust'; --", year: 1808, price: null, tags: ["devil"], lent: false },
  none: { year: "1965" },
} satisfies Record<string, JsonObject>;

const DECLARED: CollectionFeatures["fields"] = {
  title: "keyword",
  year: "integer",
  price: "float",
  tags: "keyword",
  sizes: "integer",
  lent: "boolean",
  [HOSTILE]: "keyword",
  "nobody's": "keyword",
};

type Case = [what: string, filter: PayloadFilter, expected: readonly (keyof typeof ROWS)[]];

const LIST_RANGES: readonly Case[] = [
  ["a range that one element of a list is in", { field: "sizes", range: { gt: 36, lt: 44 } }, ["emma"]],
  ["not a range, also of a list", { not: { field: "sizes", range: { gt: 36, lt: 44 } } }, ["dune", "faust", "none"]],
];

const CASES: readonly Case[] = [
  ["equal text", { field: "title", equals: "Dune" }, ["dune"]],
  ["equal text with quotes", { field: "title", equals: "Faust'; --" }, ["faust"]],
  ["an equal number, and no text of its digits", { field: "year", equals: 1965 }, ["dune"]],
  ["an equal fraction", { field: "price", equals: 9.5 }, ["dune"]],
  ["an equal truth", { field: "lent", equals: false }, ["emma", "faust"]],
  ["an element of a list", { field: "tags", equals: "worm" }, ["dune"]],
  ["one of some", { field: "title", in: ["Emma", "Dune", "Ulysses"] }, ["dune", "emma"]],
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
  beforeAll(() => {
    store = opened();
  });
  beforeEach(({ skip }) => skip(!store.capabilities.filters, "can't filter by columns"));

  describe.each([
    ["declared columns", DECLARED],
    ["any columns", {}],
  ])("by %s", (_columns, fields) => {
    const isAny = Object.keys(fields).length === 0;
    let name: string;
    beforeAll(async () => {
      name = await newCollection(store, { features: { ...NO_FEATURES, fields } });
      const upserts = Object.entries(ROWS).map(([id, row]) => point({ key: { id }, payload: { ...row, id } }));
      await write(store, name, { upserts });
    });
    afterAll(() => store.drop(name));
    beforeEach(({ skip }) =>
      skip(isAny && !store.capabilities.anyField, "can't filter by columns that aren't declared"),
    );

    it.each(CASES)("searches by %s", async (_what, filter, expected) => {
      expect(await found(name, filter)).toEqual(expected);
    });

    describe("in lists", () => {
      beforeEach(({ skip }) => skip(!store.capabilities.listRanges, "can't compare a list's elements with a range"));
      it.each(LIST_RANGES)("searches by %s", async (_what, filter, expected) => {
        expect(await found(name, filter)).toEqual(expected);
      });
    });

    it("knows a text from a number of the same digits", async ({ skip }) => {
      skip(!isAny, "a declared column has one type");
      expect(await found(name, { field: "year", in: [1808, "1965"] })).toEqual(["faust", "none"]);
    });
  });

  describe("of a collection", () => {
    let name: string;
    const make = async (features: Partial<CollectionFeatures>) => {
      name = await newCollection(store, { features: { ...NO_FEATURES, ...features } });
    };
    afterEach(() => store.drop(name));

    it("refuses a column that isn't declared, with the cure", async ({ skip }) => {
      skip(store.capabilities.anyField, "filters by any column");
      await make({ fields: { title: "keyword" } });
      const refused = store.search(name, { vector: axis(0), k: 1, filter: { not: { field: "year", equals: 1 } } });
      await expect(refused).rejects.toThrow(InputRefusedError);
      await expect(refused).rejects.toThrow(/year.*filterable/);
    });

    it("keeps a value that doesn't fit its column's type, and finds it as itself or as null", async () => {
      await make({ fields: { year: "integer" } });
      const rows = { fits: 1965, text: "many", fraction: 0.5 };
      const upserts = Object.entries(rows).map(([id, year]) => point({ key: { id }, payload: { id, year } }));
      await write(store, name, { upserts });
      expect(await found(name, { field: "year", equals: 1965 })).toEqual(["fits"]);
      const [itself, asNull] = [await found(name, { field: "year", equals: "many" }, []), await found(name, isNull)];
      expect([...itself, ...asNull.filter((id) => id === "text")]).toEqual(["text"]);
      expect(await found(name, { field: "year", range: { gte: 1 } })).toEqual(["fits"]);
      const hits = await store.search(name, { vector: axis(0), k: 10 });
      expect(Object.fromEntries(hits.map(({ payload }) => [payload["id"], payload["year"]]))).toEqual(rows);
    });

    it("takes fields later, also of the points that are there, or says what to do", async () => {
      await make({ fields: { title: "keyword" } });
      const before = point({ key: { id: "before" }, payload: { id: "before", title: "Emma", year: 1815 } });
      await write(store, name, { upserts: [before] });
      const features = { ...NO_FEATURES, fields: { title: "keyword", year: "integer" } } as const;
      const refusal = await store.ensureCollection({ name, ...VECTORS, features }).catch((error: unknown) => error);
      if (refusal !== undefined) {
        expect(refusal).toBeInstanceOf(CollectionMismatchError);
        expect((refusal as Error).message).toMatch(/ .*freshet\.yaml/);
        expect(await found(name, { field: "title", equals: "Emma" })).toEqual(["before"]);
        return;
      }
      expect(await store.describe(name)).toEqual({ name, ...VECTORS, features });
      const after = point({ key: { id: "after" }, payload: { id: "after", title: "Emma", year: 1816 } });
      await write(store, name, { upserts: [after] });
      expect(await found(name, { field: "year", range: { lt: 1900 } })).toEqual(["after", "before"]);
      const hit = (await store.search(name, { vector: before.vector, k: 1 }))[0];
      expect(hit?.score).toBeCloseTo(1, 5);
      // Who wants fewer gets what is there.
      await store.ensureCollection({ name, ...VECTORS, features: { ...features, fields: { title: "keyword" } } });
      expect(await found(name, { field: "year", equals: 1815 })).toEqual(["before"]);
    });

    it("finds as many as were asked for of what matches, nearest first, for one tenant", async () => {
      await make({ fields: { shop: "keyword", part: "integer" }, tenant: "shop" });
      const upserts = Array.from({ length: 2_000 }, (_, id) =>
        point({ key: { id }, payload: { shop: `shop ${id % 50}`, part: id % 100 } }),
      );
      await write(store, name, { upserts });
      await store.finishLoad(name);
      const search = (filter: PayloadFilter) => store.search(name, { vector: axis(2), k: 20, filter });
      const shop = { field: "shop", equals: "shop 7" };
      const hits = await search(shop);
      expect(hits).toHaveLength(20);
      expect(new Set(hits.map(({ payload }) => payload["shop"]))).toEqual(new Set(["shop 7"]));
      const scores = hits.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      const both = await search({ and: [shop, { field: "part", range: { gte: 50 } }] });
      expect(new Set(both.map(({ payload }) => payload["part"]))).toEqual(new Set([57]));
      expect(both).toHaveLength(20);
    });
  });

  const isNull = { field: "year", isNull: true } as const;

  /** The rows that match, by id. @param refused what a refused filter stands for. */
  async function found(collection: string, filter: PayloadFilter, refused?: readonly string[]): Promise<unknown[]> {
    const search = store.search(collection, { vector: axis(0), k: 10, filter });
    const hits = await search.catch((error: unknown) => {
      if (refused && error instanceof InputRefusedError) return null;
      throw error;
    });
    return hits ? hits.map(({ payload }) => payload["id"]).sort() : [...(refused ?? [])];
  }
}
