import { expect, test } from "vitest";
import { murmur2, partitionOf } from "./murmur2.js";

test("hashes as Java's clients do", () => {
  // The vectors of Kafka's own UtilsTest; lengths of every remainder of 4.
  const hashes = {
    "21": -973932308,
    foobar: -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };
  for (const [key, hash] of Object.entries(hashes)) expect(murmur2(Buffer.from(key))).toBe(hash);
});

test("a key's bytes decide, not whether they came as text", () => {
  for (const key of ["", "ü", '{"id":1}', "x".repeat(1000)]) {
    expect(partitionOf(key, 7)).toBe(partitionOf(Buffer.from(key), 7));
  }
});
