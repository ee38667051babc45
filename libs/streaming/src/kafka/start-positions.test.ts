import { expect, test } from "vitest";
import { startOffset } from "./start-positions.js";

const log = { low: 100n, high: 200n };

test("reads on where the group has committed, or at the beginning", () => {
  expect(startOffset(150n, log)).toEqual({ offset: 150n, lost: 0n });
  expect(startOffset(200n, log)).toEqual({ offset: 200n, lost: 0n });
  expect(startOffset(-1n, log)).toEqual({ offset: 100n, lost: 0n });
});

test("tells how much was deleted unread", () => {
  expect(startOffset(40n, log)).toEqual({ offset: 100n, lost: 60n });
});

test("an offset behind the end is of a topic that was made anew", () => {
  expect(startOffset(201n, log)).toEqual({ offset: 100n, lost: 0n });
});
