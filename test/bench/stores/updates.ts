import type { Figure } from "../report.js";
import { rate } from "./rate.js";
import type { Rows } from "./rows.js";
import type { SinkPath } from "./sink-path.js";
import type { Subject } from "./subject.js";

export interface UpdatesOptions {
  readonly subject: Subject;
  readonly rows: Rows;
  readonly sink: SinkPath;
  /** How many rows change in each run; the text of none does. */
  readonly updates: number;
  readonly updateRuns: number;
}

/** Rows of which other columns than the text's changed, each in a transaction of its own. */
export async function measureUpdates({ subject, rows, sink, updates, updateRuns }: UpdatesOptions): Promise<Figure> {
  const values: number[] = [];
  for (let run = 1; run <= updateRuns; run++) {
    const records = rows.payloadUpdates(0, updates, run);
    values.push(await rate(updates, () => sink.write(records)));
  }
  return { metric: `${subject.name}: payload updates through the sink`, unit: "points/s", values };
}
