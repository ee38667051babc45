import { expect, it } from "vitest";
import { letter } from "../testing/letters.js";
import { parseDeliberateSelection, parseSelection } from "./selection.js";

it("finds a row's key however it is written, and other keys as they are shown", () => {
  const means = (key: string, found: Buffer | string | null) => parseSelection({ key })(letter({ key: found }));
  expect(means('{"id": 9007199254740993, "b": "x"}', '{"id":9007199254740993,"b":"x"}')).toBe(true);
  expect(means('{"id": 9007199254740993}', '{"id":9007199254740992}')).toBe(false);
  expect(means("plain", "plain")).toBe(true);
  expect(means("/w==", Buffer.from([0xff]))).toBe(true);
  expect(means("", null)).toBe(false);
});

it("means what every condition means, and nothing where none was given on purpose", () => {
  const one = letter({ partition: 1, offset: 7n, errorClass: "RangeError" });
  const at = { partition: "1", offset: "7" };
  expect(parseSelection(at)(one)).toBe(true);
  expect(parseSelection({ ...at, errorClass: "TypeError" })(one)).toBe(false);
  expect(parseSelection({ partition: "1", offset: "8" })(one)).toBe(false);
  expect(parseSelection({})(one)).toBe(true);
  expect(parseDeliberateSelection({ all: true })(one)).toBe(true);
  expect(() => parseDeliberateSelection({})).toThrow("Say which letters");
  expect(() => parseSelection({ partition: "-1", offset: "7" })).toThrow("--partition -1 is no whole number.");
});
