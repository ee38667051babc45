import { expect, it } from "vitest";
import { ReadNumbers } from "./read-numbers.js";

it("gives no number twice, however its processes end, and asks seldom", async () => {
  let stored = 0n;
  let writes = 0;
  const used: bigint[] = [];
  for (const reads of [1, 3, 10_001, 2]) {
    const numbers = new ReadNumbers(stored, (upTo) => {
      stored = upTo;
      writes += 1;
      return Promise.resolve();
    });
    for (let read = 0; read < reads; read++) used.push(await numbers.next());
  }
  expect(used.every((number, place) => place === 0 || number > (used[place - 1] ?? 0n))).toBe(true);
  expect(writes).toBe(5);
});
