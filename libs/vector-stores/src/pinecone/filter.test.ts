import { expect, it } from "vitest";
import type { PayloadFilter } from "../payload-filter.js";
import { InputRefusedError } from "../errors.js";
import { olderThan, toPineconeFilter } from "./filter.js";

const FIELDS = { title: "keyword", year: "integer", lent: "boolean" } as const;
const translated = (filter: PayloadFilter) => toPineconeFilter(filter, FIELDS);

const has = (name: string) => ({ present: { $in: [name] } });
const hasNo = (name: string) => ({ absent: { $in: [name] } });

it.each<[string, PayloadFilter, unknown]>([
  ["a value", { field: "title", equals: "Dune" }, { $and: [has("title"), { column_title: { $eq: "Dune" } }] }],
  [
    "values of any type",
    { field: "lent", in: [true, "x"] },
    { $and: [has("lent"), { $or: [{ column_lent: { $eq: true } }, { column_lent: { $eq: "x" } }] }] },
  ],
  ["none", { field: "title", in: [] }, { $and: [has("title"), { epoch: { $lt: 0 } }] }],
  [
    "a range",
    { field: "year", range: { gte: 1, lt: 5 } },
    { $and: [has("year"), { column_year: { $gte: 1 } }, { column_year: { $lt: 5 } }] },
  ],
  ["null", { field: "year", isNull: true }, hasNo("year")],
  ["not a value", { not: { field: "title", equals: "x" } }, { $or: [hasNo("title"), { column_title: { $ne: "x" } }] }],
  [
    "not a range",
    { not: { field: "year", range: { gt: 1, lte: 5 } } },
    { $or: [hasNo("year"), { column_year: { $lte: 1 } }, { column_year: { $gt: 5 } }] },
  ],
  [
    "and, or, not",
    { not: { and: [{ field: "year", isNull: true }, { not: { field: "title", isNull: true } }] } },
    { $or: [has("year"), hasNo("title")] },
  ],
  ["all of none", { and: [] }, { epoch: { $gte: 0 } }],
  ["any of none", { or: [] }, { epoch: { $lt: 0 } }],
])("says %s", (_what, filter, expected) => {
  expect(translated(filter)).toEqual(expected);
});

it("refuses a column that isn't declared, with the cure", () => {
  expect(() => translated({ not: { field: "price", equals: 1 } })).toThrow(InputRefusedError);
  expect(() => translated({ field: "toString", equals: 1 })).toThrow(/toString.*filterable/);
});

it("compares positions part by part", () => {
  const position = { epoch: 2, commitLsn: 70n, seq: 3 };
  expect(olderThan({ table: "public.books", partition: 4, position })).toEqual({
    $and: [
      { table: { $eq: "public.books" } },
      { partition: { $eq: 4 } },
      {
        $or: [
          { epoch: { $lt: 2 } },
          { $and: [{ epoch: { $eq: 2 } }, { lsn: { $lt: 70 } }] },
          { $and: [{ epoch: { $eq: 2 } }, { lsn: { $eq: 70 } }, { seq: { $lt: 3 } }] },
        ],
      },
    ],
  });
});
