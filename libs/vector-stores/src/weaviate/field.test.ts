import { expect, it } from "vitest";
import { InputRefusedError } from "../errors.js";
import { fieldProperties, fieldValues, token } from "./field.js";

it("names properties as Weaviate takes them, and no two columns alike", () => {
  const columns = ["year", "Year", "a b", "x_searchable", "id", "_additional", "it's a $1 column; --"];
  const made = columns.map(fieldProperties).flatMap(({ values, number, numbers }) => [values, number, numbers]);
  for (const name of made) expect(name).toMatch(/^column_[_0-9a-z]+_(values|numbers?)$/);
  expect(new Set(made).size).toBe(made.length);
  expect(() => fieldProperties("x".repeat(230))).toThrow(InputRefusedError);
  expect(() => fieldProperties("half \ud83d")).toThrow(InputRefusedError);
});

it("has a number, a list of them, and each value as JSON", () => {
  const fields = { year: "integer", tags: "keyword" } as const;
  const of = (payload: Parameters<typeof fieldValues>[0]) => fieldValues(payload, fields);
  expect(of({ year: 1965, tags: [" a ", "b"] })).toEqual({
    column_year_values: ["1965"],
    column_year_number: 1965,
    column_tags_values: ['" a "', '"b"'],
  });
  expect(of({ year: [1, 2.5], tags: 7 })).toEqual({
    column_year_values: ["1", "2.5"],
    column_year_numbers: [1, 2.5],
    column_tags_values: ["7"],
  });
  expect(of({ year: [10n ** 30n, 1] })).toMatchObject({ column_year_numbers: [2 ** 63 - 1_024, 1] });
  expect(of({ year: null, tags: [] })).toEqual({ column_year_values: ["null"], column_tags_values: ["null"] });
  expect(of({ year: "many", tags: { deep: 1 } })).toEqual({ column_year_values: ['"many"'] });
});

it("writes one number in one way", () => {
  expect([token(1e21), token(10n ** 21n), token(-0), token(2.5), token("2.5"), token("null")]).toEqual([
    "1000000000000000000000",
    "1000000000000000000000",
    "0",
    "2.5",
    '"2.5"',
    '"null"',
  ]);
});
