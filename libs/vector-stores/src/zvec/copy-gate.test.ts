import { expect, it } from "vitest";
import { CopyGate } from "./copy-gate.js";

it("copies when no change runs, and holds later changes back, in their order", async () => {
  const gate = new CopyGate();
  const log: string[] = [];
  const running = Promise.resolve().then(() => undefined);
  const first = gate.change(() => running.then(() => log.push("first")));
  const copied = gate.copy(async () => {
    log.push("copy");
    await Promise.resolve();
    log.push("copied");
    return "whole";
  });
  const later = [2, 3].map((change) => gate.change(() => log.push(`change ${change}`)));
  await first;
  expect(await copied).toBe("whole");
  await Promise.all(later);
  expect(log).toEqual(["first", "copy", "copied", "change 2", "change 3"]);
  gate.change(() => log.push("at once"));
  expect(log.at(-1)).toBe("at once");
});

it("opens again after a copy or a change that fails", async () => {
  const gate = new CopyGate();
  const failed = gate.change(() => Promise.reject(new Error("no such point")));
  const copied = gate.copy(() => Promise.reject(new Error("disk full")));
  await Promise.all([expect(failed).rejects.toThrow("no such point"), expect(copied).rejects.toThrow("disk full")]);
  expect(gate.change(() => 1)).toBe(1);
});
