import { expect, it } from "vitest";
import { arrayToJson } from "./arrays.js";
import { textToJson } from "./scalars.js";

it("refuses what isn't an array's text instead of reading on for ever", () => {
  for (const text of ["", "{", "{1,2", '{"a', '{"a\\', "1,2"]) {
    expect(() => arrayToJson(textToJson, ",")(text)).toThrow(RangeError);
  }
});
