import { expect, test } from "vitest";
import { formatBytes, formatDuration } from "./measures.js";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.0 kB"],
  [42_400_000, "42 MB"],
  [999_999_999, "1.0 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test.each([
  [-5, "0 ms"],
  [300, "300 ms"],
  [4_240, "4.2 s"],
  [9_960, "10 s"],
  [303_000, "5 min 3 s"],
  [11_520_000, "3 h 12 min"],
  [345_600_000, "4 d"],
])("%d ms are %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
