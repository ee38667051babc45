import { expect, it } from "vitest";
import type { PayloadFilter } from "../payload-filter.js";
import { condition, Parameters } from "./filter.js";

const HOSTILE = `'; DROP TABLE x; -- "$1" $$`;

it("puts nothing of a filter into the statement's text", () => {
  const filter: PayloadFilter = {
    and: [
      { field: HOSTILE, equals: HOSTILE },
      { or: [{ field: HOSTILE, in: [HOSTILE, 1, true] }, { not: { field: HOSTILE, isNull: true } }] },
      { field: HOSTILE, range: { gte: 1965, lt: 2000 } },
    ],
  };
  const parameters = new Parameters();
  const text = condition(filter, parameters);
  expect(text).not.toMatch(/DROP|--|\$\$|1965|2000/);
  const json = JSON.stringify(HOSTILE);
  expect(parameters.values).toEqual([
    json,
    HOSTILE,
    [json, "1", "true"],
    HOSTILE,
    HOSTILE,
    HOSTILE,
    '{"gte":1965,"lt":2000}',
  ]);
});
