import { expect, it } from "vitest";
import { quote } from "./quote.js";

it("repeats what a server says in one short line, without the key", () => {
  expect(quote(" no:\n  sk-1 is\tunknown ", "sk-1")).toBe("no: [key] is unknown");
  expect(quote("down", undefined)).toBe("down");
  expect(quote("x".repeat(1000), "")).toBe(`${"x".repeat(300)} …`);
});
