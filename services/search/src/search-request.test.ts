import { NO_FEATURES, type CollectionFeatures } from "@freshet/vector-stores/collection-spec";
import { describe, expect, it } from "vitest";
import { parameters } from "./parameters.js";
import { parseRequest, questionOf } from "./search-request.js";

const PLAIN = new Map([["books", NO_FEATURES]]);
const SEVERAL = new Map([
  ["books", NO_FEATURES],
  ["notes", { fields: { owner: "keyword", year: "integer" }, tenant: "owner", hybrid: true }],
] as const);
const NOTES = { q: "x", index: "notes", tenant: "ann" };

const parse = (raw: unknown, indexes: ReadonlyMap<string, CollectionFeatures>) => {
  const parsed = parseRequest(raw, [...indexes.keys()]);
  return "complaint" in parsed ? parsed : questionOf(parsed.asked, indexes.get(parsed.asked.index) ?? NO_FEATURES);
};
const asked = (raw: unknown) => {
  const parsed = parse(raw, SEVERAL);
  return "question" in parsed ? parsed.question : parsed.complaint;
};
const nested = (depth: number): unknown => {
  let filter: unknown = { field: "year", isNull: true };
  for (let level = 0; level < depth; level += 1) filter = { not: filter };
  return filter;
};

it("takes the only index and ten results when nothing else is said", () => {
  expect(parse(parameters({ q: " battle in space " }), PLAIN)).toEqual({
    question: {
      ...{ text: "battle in space", k: 10, index: "books", mode: "dense" },
      ...{ filter: undefined, threshold: undefined, payload: undefined },
    },
  });
});

it("reads an address as it reads the JSON object that says the same", () => {
  const filter = {
    and: [{ field: "year", range: { gte: 1965, lt: 2000 } }, { not: { field: "lang", in: ["de", 1, true] } }],
  };
  const body = { q: "x", index: "books", k: 3, threshold: -0.5, payload: ["name", "year"], filter, mode: "dense" };
  const address = { ...body, k: "3", threshold: "-0.5", payload: "name,year", filter: JSON.stringify(filter) };
  expect(asked(parameters(address))).toEqual(asked(body));
  expect(asked(body)).toMatchObject({ filter, threshold: -0.5, payload: ["name", "year"] });
  expect(asked(parameters({ q: "x", index: "books", payload: "" }))).toMatchObject({ payload: [] });
});

describe("of an index with tenants", () => {
  const own = { field: "owner", equals: "ann" };

  it("searches the tenant's rows, whatever else is asked", () => {
    expect(asked(NOTES)).toMatchObject({ filter: own });
    const others = { or: [{ field: "owner", equals: "bob" }] };
    for (const mode of ["dense", "hybrid"]) {
      expect(asked({ ...NOTES, mode, filter: others })).toMatchObject({ mode, filter: { and: [own, others] } });
    }
  });

  it.each([
    [{ ...NOTES, tenant: undefined }, "tenant is missing: a search of the index notes is for one value of owner."],
    [{ ...NOTES, tenant: " ".trim() }, "tenant is empty"],
    [parameters({ ...NOTES, tenant: ["ann", "bob"] }), "tenant must be one text"],
    [{ q: "x", index: "books", tenant: "ann" }, "The index books has no tenants: leave tenant out"],
  ])("refuses %j", (raw, complaint) => {
    expect(asked(raw)).toContain(complaint);
  });
});

it("searches a hybrid index by words too unless asked otherwise", () => {
  expect(asked(NOTES)).toMatchObject({ mode: "hybrid" });
  expect(asked({ ...NOTES, mode: "dense", threshold: 0.5 })).toMatchObject({ mode: "dense", threshold: 0.5 });
});

it.each([
  [null, "the request must be a JSON object"],
  [{}, "q is missing"],
  [{ q: "  " }, "q is empty"],
  [parameters({ q: ["x", "y"] }), "q must be one text"],
  [{ q: "x".repeat(40_000) }, "q must have at most 32768 characters"],
  [parameters({ q: "x", k: "0" }), "k must be at least 1"],
  [parameters({ q: "x", k: "" }), "k must be a whole number"],
  [parameters({ q: "x", k: "many" }), "k must be a whole number"],
  [parameters({ q: "x", k: "1e9" }), "k must be at most 1000"],
  [{ q: "x", k: "3" }, "k must be a whole number"],
  [parameters({ q: "x", threshold: "" }), "threshold must be a number"],
  [{ q: "x" }, "index is missing: one of books, notes"],
  [{ q: "x", index: "songs" }, 'There is no index "songs"'],
  [{ q: "x", treshold: 1 }, "there is no treshold, check its spelling"],
  [{ q: "x", index: "books", mode: "hybrid" }, "The index books isn't hybrid: ask with mode dense"],
  [{ ...NOTES, threshold: 0.5 }, "A threshold is for mode dense"],
  [{ ...NOTES, mode: "exact" }, "mode must be dense or hybrid"],
  [{ q: "x", payload: "name" }, "payload must be a list of columns"],
  [parameters({ q: "x", filter: "{year" }), "filter must be one of {field, equals}"],
  [{ q: "x", filter: {} }, "filter must be one of"],
  [{ q: "x", filter: { field: "year", like: "1%" } }, "filter must be one of"],
  [{ q: "x", filter: { equals: 1 } }, "filter.field must be a column's name"],
  [{ q: "x", filter: { field: "year", equals: null } }, "filter.equals must be a text, a number, true or false"],
  [{ q: "x", filter: { and: [{ field: "year", range: { gt: "1965" } }] } }, "filter.and.0.range.gt must be a number"],
  [{ q: "x", filter: { not: { field: "year", range: { above: 1 } } } }, "there is no filter.not.range.above"],
  [{ q: "x", filter: nested(100_000) }, "filter is nested more than 16 deep"],
  [{ q: "x", filter: { or: Array(600).fill({ field: "a", equals: 1 }) } }, "filter has more than 500 conditions"],
])("refuses %#: it says where", (raw, complaint) => {
  expect(asked(raw)).toContain(complaint);
});

it("looks no deeper into a filter than its stack bears", () => {
  expect(asked({ q: "x", index: "books", filter: nested(16) })).toMatchObject({ filter: nested(16) });
  for (const depth of [17, 100_000]) {
    expect(asked({ q: "x", filter: nested(depth) })).toBe("filter is nested more than 16 deep.");
  }
});

it("says some of many mistakes", () => {
  const or = Array.from({ length: 9 }, () => ({ field: 1, equals: 2 }));
  expect(asked({ q: "x", filter: { or } })).toMatch(
    /^filter\.or\.0\.field .*filter\.or\.4\.field [^;]+; and 4 more\.$/,
  );
});
