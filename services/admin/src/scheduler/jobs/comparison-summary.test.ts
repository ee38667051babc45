import { expect, it } from "vitest";
import type { IndexReport } from "../../verify/verify-report.js";
import { summarizeComparisons } from "./comparison-summary.js";

const NONE = { missing: 0, stale: 0, incomplete: 0, superfluous: 0, orphaned: 0, altered: 0 };

function report(parts: Partial<IndexReport> = {}): IndexReport {
  return {
    ...{ index: "books", store: "main", table: "public.books", startedAt: "", finishedAt: "" },
    ...{ rows: 1000, points: 1000, differingBuckets: 0, counts: NONE, examples: [], changing: 0, healed: null },
    ...parts,
  };
}

it("names what differs first, and says little of what is equal", () => {
  const counts = { ...NONE, missing: 2, stale: 1 };
  expect(summarizeComparisons([report()], [])).toBe("books in main: equal, 1,000 rows.");
  expect(
    summarizeComparisons(
      [report(), report({ store: "far" }), report({ index: "films", counts, healed: 3 })],
      [{ index: "songs", store: "main", reason: "Its sink has stored nothing." }],
    ),
  ).toBe(
    "films in main: 3 differences (2 missing, 1 stale), 3 repaired, of 1,000 rows. " +
      "songs in main couldn't be compared: Its sink has stored nothing. " +
      "books in main, books in far: equal, 2,000 rows.",
  );
  expect(summarizeComparisons([report({ changing: 4, healed: 0 })], [])).toBe(
    "books in main: 4 rows that changed at every look, of 1,000 rows.",
  );
});
