import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { WordTokens } from "./word-tokens.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it("remembers words without the texts that they stood in", () => {
  const words = new WordTokens((word) => [word.length]);
  const memory = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = memory();
  for (let row = 0; row < 50; row++) {
    const text = `unforgettable-word-${row} ${"x".repeat(1_000_000)}`.replaceAll("y", "z");
    expect(words.of(text).next().value).toHaveLength(1);
  }
  expect(memory() - before).toBeLessThan(10_000_000);
});
