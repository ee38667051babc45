import { SourceError } from "@freshet/postgres/errors";
import { expect, it } from "vitest";
import { isRefusal, keyValueText, RefusedError } from "./refusal.js";

const ofServer = (code: string) => Object.assign(new Error("said by Postgres"), { code, severity: "ERROR" });

it("takes what Postgres says for an answer, unless it may pass", () => {
  const answers = ["42703", "22P02", "0A000", "25006", "P0001", "08P01", "23514", "2201B", "XX000"];
  expect(answers.filter((code) => !isRefusal(ofServer(code)))).toEqual([]);
  const passing = ["08006", "40001", "53300", "55P03", "57P01", "57014", "58030"];
  expect(passing.filter((code) => isRefusal(ofServer(code)))).toEqual([]);
});

it("takes no mistake of ours, nor of the connection, for an answer", () => {
  const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  expect([new RangeError("invalid array length"), broken].some(isRefusal)).toBe(false);
  expect(isRefusal(new SourceError("login-refused", "No."))).toBe(false);
  expect(isRefusal(new SourceError("table-unreadable", "No."))).toBe(true);
});

it("refuses a key without one of its columns", () => {
  expect(keyValueText({ id: 5 }, "id")).toBe("5");
  for (const key of [{}, { id: null }, { id: [1] }]) expect(() => keyValueText(key, "id")).toThrow(RefusedError);
});
