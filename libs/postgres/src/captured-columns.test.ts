import { expect, it } from "vitest";
import { capturedColumns } from "./captured-columns.js";

const all = [{ name: "id" }, { name: "title" }, { name: "secret" }];

it.each([
  ["all", undefined, ["id", "title", "secret"]],
  ["those of a closed list, in the table's order", { include: ["title", "id"] }, ["id", "title"]],
  ["all but those left out", { exclude: ["secret"] }, ["id", "title"]],
])("captures %s", (_what, columns, expected) => {
  const options = columns === undefined ? {} : { columns };
  expect(capturedColumns(options, all).map(({ name }) => name)).toEqual(expected);
});
