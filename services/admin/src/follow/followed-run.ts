import type { SnapshotState } from "@freshet/schemas/service-state";

/** A reading of a table, or of a part of it, whose end is awaited. */
export interface FollowedRun {
  /** Of which rows: `public.books`, or a part of it. */
  readonly title: string;
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly kind: "waiting" }
  | { readonly kind: "running"; readonly run: SnapshotState }
  | { readonly kind: "done"; readonly run: SnapshotState }
  | { readonly kind: "failed"; readonly reason: string };

export function isOver({ outcome }: FollowedRun): boolean {
  return outcome.kind === "done" || outcome.kind === "failed";
}

export function outcomeOfRun(run: SnapshotState): Outcome {
  return { kind: run.finishedAt === null ? "running" : "done", run };
}
