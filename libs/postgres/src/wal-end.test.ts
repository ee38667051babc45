import { expect, it } from "vitest";
import { parseLsn } from "./lsn.js";
import { lastRecordEnd } from "./wal-end.js";

it("doesn't wait for the header of a page that has no record yet", () => {
  const end = (next: string) => lastRecordEnd(parseLsn(next), { segment: 16n * 1024n * 1024n, page: 8192n });
  expect(end("0/3000028")).toBe(parseLsn("0/3000000"));
  expect(end("0/3002018")).toBe(parseLsn("0/3002000"));
  // A record ends there, that began on the page before.
  expect(end("0/3002028")).toBe(parseLsn("0/3002028"));
  expect(end("0/3000148")).toBe(parseLsn("0/3000148"));
});
