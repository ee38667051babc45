import { expect, it } from "vitest";
import { attempt } from "./attempt.js";

const ok = { result: "ok", message: "All equal." } as const;
const never = new AbortController().signal;
const untilTold = (signal: AbortSignal) =>
  new Promise<typeof ok>((resolve) => signal.addEventListener("abort", () => resolve(ok)));

it("tells what came of a run, and an error's sentence", async () => {
  expect(await attempt(() => Promise.resolve(ok), { signal: never, timeoutMinutes: 1 })).toEqual(ok);
  const failing = () => Promise.reject(new Error("The disk is full."));
  expect(await attempt(failing, { signal: never, timeoutMinutes: 1 })).toEqual({
    result: "failed",
    message: "The disk is full.",
  });
});

it("breaks off what takes too long, and what its process may run no more, whatever the run makes of it", async () => {
  expect(await attempt(untilTold, { signal: never, timeoutMinutes: 0.001 })).toEqual({
    result: "failed",
    message: "It took longer than 0.001 minutes, and was broken off.",
  });
  const stop = new AbortController();
  const stopped = attempt(untilTold, { signal: stop.signal, timeoutMinutes: 1 });
  stop.abort();
  expect(await stopped).toMatchObject({ result: "interrupted" });
  expect(await attempt(untilTold, { signal: AbortSignal.timeout(20), timeoutMinutes: 1 })).toMatchObject({
    result: "interrupted",
  });
});

it("has a run that begins when it is to end already told so", async () => {
  let told: boolean | undefined;
  const run = (signal: AbortSignal) => {
    told = signal.aborted;
    return Promise.resolve(ok);
  };
  expect(await attempt(run, { signal: AbortSignal.abort(), timeoutMinutes: 1 })).toMatchObject({
    result: "interrupted",
  });
  expect(told).toBe(true);
});
