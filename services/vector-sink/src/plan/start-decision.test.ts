import { expect, it } from "vitest";
import { startDecision } from "./start-decision.js";

const read = { hasRead: true, hasStored: true, members: 0 };

it("goes on where nothing is lost: nothing was read yet, or others have stored nothing", () => {
  expect(startDecision({ ...read, hasRead: false })).toBe("go-on");
  expect(startDecision({ ...read, hasStored: false, members: 2 })).toBe("go-on");
});

it("fills a lost index again, as soon as no others read on behind what is lost", () => {
  expect(startDecision(read)).toBe("refill");
  expect(startDecision({ ...read, members: 1 })).toBe("wait");
});

it("doesn't rely on reports where it is alone: they are late, and a killed process made none", () => {
  expect(startDecision({ ...read, hasStored: false })).toBe("refill");
});
