import { delay } from "@freshet/streaming/back-off";
import type { Terminal } from "../terminal.js";
import { isOver, type FollowedRun } from "./followed-run.js";
import { noticeOf } from "./notice.js";
import { PlainReport } from "./plain-report.js";
import { RateMeter } from "./rate-meter.js";
import { renderRun } from "./render-run.js";
import type { SourceView } from "./source-view.js";

const LOOK_MS = 200;

export interface FollowOptions {
  readonly view: () => SourceView;
  readonly runsIn: (view: SourceView) => readonly FollowedRun[];
  readonly terminal: Terminal;
  /** Ms since the Unix epoch. */
  readonly askedAt: number;
  /** An error of the producer that is being dealt with; default: none. */
  readonly knownError?: string | null;
  readonly signal: AbortSignal;
}

/**
 * Shows how the runs get on until all are over; waits for a producer as long as there is none, and says so.
 *
 * @returns null when the signal was aborted before.
 */
export async function followRuns(options: FollowOptions): Promise<readonly FollowedRun[] | null> {
  const { terminal, signal } = options;
  const show = terminal.interactive ? drawing(options) : plainLines(options);
  try {
    for (;;) {
      const view = options.view();
      const runs = options.runsIn(view);
      show(view, runs);
      if (runs.every(isOver)) return runs;
      await delay(LOOK_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    // The terminal shows Ctrl-C as ^C, on a line of its own.
    if (terminal.interactive) terminal.report("");
    return null;
  } finally {
    terminal.settle();
  }
}

type Show = (view: SourceView, runs: readonly FollowedRun[]) => void;

function drawing({ terminal, askedAt, knownError = null }: FollowOptions): Show {
  const render = runRenderer(terminal, true);
  return (view, runs) => {
    const notice = runs.every(isOver) ? null : noticeOf({ view, runs, askedAt, now: Date.now(), knownError });
    const titleWidth = Math.max(...runs.map(({ title }) => title.length));
    const lines = runs.map((run) => render(view, run, titleWidth));
    if (notice !== null) lines.push(terminal.colors.progress.yellow(notice.text));
    terminal.redraw(lines.join("\n"));
  };
}

function plainLines({ terminal, askedAt, knownError = null }: FollowOptions): Show {
  const render = runRenderer(terminal, false);
  const report = new PlainReport();
  return (view, runs) => {
    const now = Date.now();
    const lines = runs.map((run) => [run, render(view, run, 0)] as const);
    const due = new Set(report.dueRuns(runs, now));
    for (const [run, line] of lines) if (due.has(run)) terminal.report(line);
    const notice = report.dueNotice(runs.every(isOver) ? null : noticeOf({ view, runs, askedAt, now, knownError }));
    if (notice !== null) terminal.report(notice.text);
  };
}

function runRenderer({ colors }: Terminal, bar: boolean) {
  const meters = new Map<string, RateMeter>();
  return ({ state }: SourceView, run: FollowedRun, titleWidth: number): string => {
    const at = state?.updatedAt ?? 0;
    let rate: number | null = null;
    if (run.outcome.kind === "running") {
      const meter = meters.get(run.title) ?? new RateMeter();
      meters.set(run.title, meter);
      rate = meter.observe(run.outcome.run.rows, at);
    }
    return renderRun(run, { colors: colors.progress, at, rate, bar, titleWidth });
  };
}
