import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { LinkedAbort } from "./linked-abort.js";

describe("LinkedAbort", () => {
  it("follows each of the others, with its reason", () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const abort = new LinkedAbort([first.signal, undefined, second.signal]);
    const reason = new Error("stop");
    second.abort(reason);
    expect(abort.signal.reason).toBe(reason);
    expect(first.signal.aborted).toBe(false);
    expect(new LinkedAbort([first.signal, second.signal]).signal.reason).toBe(reason);
  });

  it("leaves nothing behind on the others", () => {
    const { signal } = new AbortController();
    const abort = new LinkedAbort([signal]);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    abort.dispose();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
