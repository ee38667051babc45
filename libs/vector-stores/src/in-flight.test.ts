import { setImmediate as nextTick } from "node:timers/promises";
import { expect, it } from "vitest";
import { runInFlight } from "./in-flight.js";

it("keeps so many on their way, and no more", async () => {
  let running = 0;
  let most = 0;
  const task = async () => {
    most = Math.max(most, ++running);
    await nextTick();
    running -= 1;
  };
  await runInFlight(
    3,
    Array.from({ length: 20 }, () => task),
  );
  expect([most, running]).toEqual([3, 0]);
});

it("starts nothing after a failure, and throws when the last one on its way has ended", async () => {
  const ended: number[] = [];
  let started = 0;
  const task = (place: number) => async () => {
    started += 1;
    if (place === 1) throw new Error("broken");
    for (let tick = 0; tick < 5; tick += 1) await nextTick();
    ended.push(place);
  };
  const tasks = Array.from({ length: 20 }, (_, place) => task(place));
  await expect(runInFlight(3, tasks)).rejects.toThrow("broken");
  expect([started, ended]).toEqual([3, [0, 2]]);
});
