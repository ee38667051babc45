import type { FollowedRun } from "./followed-run.js";
import type { Notice } from "./notice.js";

const INTERVAL_MS = 10_000;

/** What is worth a line where lines can't be drawn anew: changes at once, numbers every 10 s. */
export class PlainReport {
  readonly #kinds = new Map<string, FollowedRun["outcome"]["kind"]>();
  #notice: Notice["kind"] | null = null;
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** @param now in ms. @returns the runs that a line is due for. */
  dueRuns(runs: readonly FollowedRun[], now: number): readonly FollowedRun[] {
    const regular = now - this.#reportedAt >= INTERVAL_MS;
    if (regular) this.#reportedAt = now;
    return runs.filter(({ title, outcome: { kind } }) => {
      const changed = this.#kinds.get(title) !== kind;
      this.#kinds.set(title, kind);
      return changed || (regular && kind === "running");
    });
  }

  /** The notice, once. */
  dueNotice(notice: Notice | null): Notice | null {
    const known = this.#notice === (notice?.kind ?? null);
    this.#notice = notice?.kind ?? null;
    return known ? null : notice;
  }
}
