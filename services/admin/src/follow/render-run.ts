import type { Colors } from "../rendering/colors.js";
import { renderProgress } from "../rendering/render-progress.js";
import { snapshotProgress } from "../rendering/snapshot-progress.js";
import type { FollowedRun, Outcome } from "./followed-run.js";

export interface RenderRunOptions {
  readonly colors: Colors;
  /** Of the state that the run is in, ms since the Unix epoch. */
  readonly at: number;
  /** Rows/s; null: since the start. */
  readonly rate: number | null;
  readonly bar: boolean;
  /** To which titles are filled up, so that the bars stand in a column. */
  readonly titleWidth: number;
}

export function renderRun({ title, outcome }: FollowedRun, options: RenderRunOptions): string {
  return `${title.padEnd(options.titleWidth)}  ${renderRunOutcome(outcome, options)}`;
}

function renderRunOutcome(outcome: Outcome, { colors, at, rate, bar }: RenderRunOptions): string {
  switch (outcome.kind) {
    case "waiting":
      return colors.dim("waiting for the cdc-producer");
    case "failed":
      return `${colors.red("✗")} ${outcome.reason}`;
    case "running":
    case "done":
      return renderProgress(snapshotProgress(outcome.run, at, rate), { colors, bar });
    default:
      return outcome satisfies never;
  }
}
