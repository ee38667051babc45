import { expect, it } from "vitest";
import type { PayloadFilter } from "../payload-filter.js";
import { condition, Parameters } from "./filter.js";

const HOSTILE = `'; DROP TABLE x; -- "$1" $$`;

it.each([
  ["payload", {}],
  ["fields", { [HOSTILE]: "float" } as const],
])("puts nothing of a filter of %s into the statement's text", (_what, fields) => {
  const filter: PayloadFilter = {
    and: [
      { field: HOSTILE, equals: HOSTILE },
      { or: [{ field: HOSTILE, in: [HOSTILE, 1, true] }, { not: { field: HOSTILE, isNull: true } }] },
      { field: HOSTILE, range: { gte: 1965, lt: 2000 } },
    ],
  };
  const parameters = new Parameters();
  const text = condition(filter, { fields, parameters });
  // The field's own column is quoted.
  expect(text.replaceAll(`"payload.${HOSTILE.replaceAll('"', '""')}"`, "")).not.toMatch(/DROP|--|\$\$|1965|2000/);
  const json = JSON.stringify(HOSTILE);
  expect(parameters.values).toEqual(expect.arrayContaining([json, [json, "1", "true"], '{"gte":1965,"lt":2000}']));
});
