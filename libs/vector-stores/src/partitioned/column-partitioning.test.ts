import { expect, it } from "vitest";
import type { PayloadFilter } from "../payload-filter.js";
import { ColumnPartitioning } from "./column-partitioning.js";
import { isPartition, partitionIn, partitionName } from "./partition-name.js";

const byLang = new ColumnPartitioning({ column: "lang" });
const byYear = new ColumnPartitioning({ column: "year" });
const byMonth = new ColumnPartitioning({ column: "published_at", every: "month" });

it("tells values and their types apart, in letters that every store takes", () => {
  const values = [
    "en",
    "EN",
    "",
    "_",
    "h",
    "1",
    1,
    -1.5e-7,
    true,
    "true",
    "a.b",
    "a_2eb",
    "книги",
    "x".repeat(99),
    "x".repeat(98),
  ];
  const partitions = values.map((lang) => byLang.partitionOf({ lang }));
  expect(new Set(partitions).size).toBe(values.length);
  for (const partition of partitions) expect(partition).toMatch(/^lang\.(text|number|boolean)\.[\w-]{1,60}$/);
  expect(partitions[0]).toBe("lang.text.en");
});

it.each([{}, { lang: null }, { lang: ["en"] }, { lang: { en: 1 } }, { lang: 2n ** 60n }])(
  "leaves %o in the root",
  (payload) => {
    expect(byLang.partitionOf(payload)).toBeNull();
  },
);

const LANG = "lang.text.en";
const CASES: [string, PayloadFilter, boolean][] = [
  [LANG, { field: "lang", equals: "en" }, true],
  [LANG, { field: "lang", equals: "de" }, false],
  [LANG, { field: "lang", in: ["de", "en"] }, true],
  [LANG, { field: "lang", in: ["de", 1] }, false],
  [LANG, { field: "lang", in: [] }, false],
  [LANG, { field: "lang", isNull: true }, true],
  ["lang.number.7", { field: "lang", equals: "7" }, true],
  [LANG, { field: "lang", range: { gt: 0 } }, false],
  [LANG, { field: "year", equals: 1965 }, true],
  [LANG, { not: { field: "lang", equals: "en" } }, true],
  [LANG, { and: [] }, true],
  [LANG, { or: [] }, false],
  [
    LANG,
    {
      and: [
        { field: "year", equals: 1 },
        { field: "lang", equals: "de" },
      ],
    },
    false,
  ],
  [
    LANG,
    {
      or: [
        { field: "year", equals: 1 },
        { field: "lang", equals: "de" },
      ],
    },
    true,
  ],
  [
    LANG,
    {
      or: [
        { field: "lang", equals: "fr" },
        { field: "lang", equals: "de" },
      ],
    },
    false,
  ],
];

it.each(CASES)("decides whether %s may match %o: %s", (partition, filter, expected) => {
  expect(byLang.mayMatch(partition, filter)).toBe(expected);
});

it.each([
  [{ gt: 1965 }, false],
  [{ gte: 1965 }, true],
  [{ lt: 1965 }, false],
  [{ lte: 1965, gte: 1900 }, true],
  [{ lt: 1900 }, false],
  [{}, true],
])("keeps a number's partition for the range %o: %s", (range, expected) => {
  const partition = byYear.partitionOf({ year: 1965 }) ?? "";
  expect(byYear.mayMatch(partition, { field: "year", range })).toBe(expected);
});

it("keeps a month's partition for what falls into it", () => {
  const may = (filter: PayloadFilter) => byMonth.mayMatch("published_5fat.month.2024-05", filter);
  const field = "published_at";
  const [first, next] = [Date.UTC(2024, 4, 1), Date.UTC(2024, 5, 1)];
  expect(byMonth.partitionOf({ published_at: "2024-05-17Z" })).toBe("published_5fat.month.2024-05");
  expect(may({ field, equals: "2024-05-01T00:00:00.000000Z" })).toBe(true);
  expect(may({ field, equals: "2024-06-01T00:00:00.000000Z" })).toBe(false);
  expect(may({ field, range: { gte: next - 1 } })).toBe(true);
  expect(may({ field, range: { gte: next } })).toBe(false);
  expect(may({ field, range: { lte: first } })).toBe(true);
  expect(may({ field, range: { lt: first } })).toBe(false);
});

it("searches what an earlier rule has left", () => {
  const filter: PayloadFilter = { field: "published_at", equals: "2023-01-01Z" };
  expect(byMonth.mayMatch("published_5fat.month.2024-05", filter)).toBe(false);
  for (const partition of ["published_5fat.day.2024-05-17", "published_5fat.text.x", LANG]) {
    expect(byMonth.mayMatch(partition, filter)).toBe(true);
  }
});

it("knows a root's partitions by their names, and no other's", () => {
  const name = partitionName("books_3f9a1c", LANG);
  expect(name).toBe("books_3f9a1c.by.lang.text.en");
  expect(partitionIn("books_3f9a1c", name)).toBe(LANG);
  for (const other of ["books", "books_3f9a1", "films_3f9a1c"]) expect(partitionIn(other, name)).toBeNull();
  expect([name, "books_3f9a1c", "books.byte"].map(isPartition)).toEqual([true, false, false]);
});
