import pc from "picocolors";
import { expect, it } from "vitest";
import { renderReport } from "./render-report.js";
import type { IndexReport } from "./verify-report.js";

const NONE = { missing: 0, stale: 0, incomplete: 0, superfluous: 0, orphaned: 0, altered: 0 };
const SIDES = "(1,000 rows of public.books, 1,200 points in main, 2.0 s)";

function lines(parts: Partial<IndexReport>): string[] {
  const report: IndexReport = {
    ...{ index: "books", store: "main", table: "public.books", rows: 1000, points: 1200, differingBuckets: 0 },
    ...{ startedAt: "2026-01-01T00:00:00.000Z", finishedAt: "2026-01-01T00:00:02.000Z" },
    ...{ counts: NONE, examples: [], changing: 0, healed: null },
    ...parts,
  };
  return renderReport(report, pc.createColors(false)).split("\n");
}

it("says equal only of what was told of every row", () => {
  expect(lines({})).toEqual([`✓ books equals its table ${SIDES}.`]);
  expect(lines({ changing: 4 })).toEqual([
    `? books equals its table but for 4 rows that changed at every look, of which it can't be told ${SIDES}.`,
  ]);
  const counts = { ...NONE, stale: 3 };
  expect(lines({ counts, healed: 3 })[0]).toBe(`✓ books differed from its table ${SIDES}:`);
  expect(lines({ counts, healed: 3, changing: 4 })[0]).toBe(`? books differed from its table ${SIDES}:`);
  expect(lines({ counts, healed: 2, changing: 4 })[0]).toBe(`✗ books differed from its table ${SIDES}:`);
});

it("names the keys that can't be captured again", () => {
  const keys = Array.from({ length: 6 }, (_, id) => `{"id":${id}}`);
  const refused = { count: 6, keys };
  expect(lines({ counts: { ...NONE, orphaned: 9 }, healed: 3, refused }).slice(2)).toEqual([
    "  3 of 9 were repaired.",
    "  6 can't be captured again, as no row of public.books could have such a key now: freshet snapshot public.books removes from the index what the table hasn't.",
    '    {"id":0}, {"id":1}, {"id":2}, {"id":3}, {"id":4}, …',
  ]);
});
