import { RateMeter } from "../follow/rate-meter.js";
import { renderProgress } from "../rendering/render-progress.js";
import type { Terminal } from "../terminal.js";
import { allReadings, type PassageProgress, type ReadingProgress } from "./reading-progress.js";
import type { Waiting } from "./waiting.js";

const INTERVAL_MS = 10_000;
/** What is over before isn't worth a line that stays. */
const FIRST_MS = 3_000;

/** Who reads what how fast: lines that are drawn anew, or a line each every 10 s where they can't be. */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #meters = new Map<string, RateMeter>();
  #dueAt: number | null = null;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param progress null where nothing is read, and it is only waited. @param now in ms. */
  show(waitings: readonly Waiting[], progress: PassageProgress | null, now: number): void {
    const { interactive } = this.#terminal;
    const readings = progress === null ? [] : allReadings(progress).filter(({ total }) => total > 0);
    const width = Math.max(0, ...readings.map(({ who }) => who.length));
    const lines = readings.map((reading) => `  ${reading.who.padEnd(width)}  ${this.#render(reading, now)}`);
    const idle = readings.filter(({ members, done, total }) => members === 0 && done < total);
    for (const { who, says } of waitings) {
      const isShown = readings.some((reading) => reading.who === who) && !idle.some((reading) => reading.who === who);
      if (!isShown) lines.push(`  ${this.#terminal.colors.progress.yellow(`Waiting: ${says}.`)}`);
    }
    if (interactive) this.#terminal.redraw(lines.join("\n"));
    else if (now >= (this.#dueAt ??= now + FIRST_MS)) {
      this.#dueAt = now + INTERVAL_MS;
      for (const line of lines) this.#terminal.report(line);
    }
  }

  /** Before a line that stays. */
  clear(): void {
    if (this.#terminal.interactive) this.#terminal.redraw("");
    this.#terminal.settle();
    this.#dueAt = null;
  }

  #render({ who, done, total }: ReadingProgress, now: number): string {
    const meter = this.#meters.get(who) ?? new RateMeter();
    this.#meters.set(who, meter);
    const rate = meter.observe(done, now);
    const { interactive, colors } = this.#terminal;
    const progress = {
      ...{ rows: done, estimatedRows: total, rowsPerSecond: rate, durationMs: 0, finished: false },
      remainingMs: rate !== null && rate > 0 ? ((total - done) / rate) * 1000 : null,
    };
    return renderProgress(progress, { colors: colors.progress, bar: interactive, what: "record" });
  }
}
