import { expect, it } from "vitest";
import { InputRefusedError } from "../errors.js";
import { keyOf } from "./column-filter.js";

it("quotes what a path would read as something else", () => {
  expect(["lang", "a.b", "a[]", "a b"].map(keyOf)).toEqual(["lang", '"a.b"', '"a[]"', '"a b"']);
});

it.each(["", 'a"b', "a\\b"])("refuses the column %j, which no path of Qdrant's names", (field) => {
  expect(() => keyOf(field)).toThrow(InputRefusedError);
});
