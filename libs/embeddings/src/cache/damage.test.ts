import { expect, it } from "vitest";
import { DAMAGED, isDamaged } from "./damage.js";

it("takes a cache for damaged only when the check says so, or dies of it", () => {
  expect([isDamaged(0, null), isDamaged(DAMAGED, null), isDamaged(null, "SIGBUS")]).toEqual([false, true, true]);
  // Out of memory, and a check that can't be loaded.
  expect(() => isDamaged(null, "SIGKILL")).toThrow(/its check ended with SIGKILL/);
  expect(() => isDamaged(1, null)).toThrow(/its check ended with code 1/);
});
