import type { IndexDifferences } from "./verify-index.js";

/** What a script sees: 2 when it couldn't be told. */
export const VERDICT = { equal: 0, different: 1, unknown: 2 } as const;
export type VerifyExitCode = (typeof VERDICT)[keyof typeof VERDICT];

/** One index in one store beside its table; `--json` prints it as it is. */
export interface IndexReport extends IndexDifferences {
  readonly index: string;
  readonly store: string;
  /** `schema.table`. */
  readonly table: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** One that nothing can be said of. */
export interface IndexFailure {
  readonly index: string;
  readonly store: string;
  readonly reason: string;
}

/** A difference is known whatever else couldn't be told. */
export function verdict(reports: readonly IndexReport[], failures: readonly IndexFailure[]): VerifyExitCode {
  if (reports.some((report) => !isEqual(report))) return VERDICT.different;
  return failures.length > 0 || reports.some(({ changing }) => changing > 0) ? VERDICT.unknown : VERDICT.equal;
}

export function differenceCount({ counts }: Pick<IndexReport, "counts">): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Now: what a repair has healed is equal. */
export function isEqual(report: Pick<IndexReport, "counts" | "healed">): boolean {
  return differenceCount(report) === (report.healed ?? 0);
}
