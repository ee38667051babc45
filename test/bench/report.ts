import { cpus, totalmem } from "node:os";

export interface BenchOptions {
  /** A folder with the real data set; null for seeded synthetic text. */
  readonly data: string | null;
  /** A small workload that shows that the benchmark works; its figures mean nothing. */
  readonly quick: boolean;
  /** The stores to be measured; all that run here when there is none. */
  readonly only: readonly string[];
  readonly onProgress: (message: string) => void;
}

/** One figure: its runs' median and spread, beside the limit measured in the same run. */
export interface BenchResult {
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** What the machine gives when only the part that can't be left out is done; null when there is no such figure. */
  readonly limit: number | null;
  readonly ratio: number | null;
  /** The number to reach, by the ratio where there is a limit and else by the median; null where there is none. A missed aim is shown, not hidden. */
  readonly aim: number | null;
  readonly met: boolean | null;
}

export interface BenchReport {
  readonly name: string;
  readonly workload: string;
  readonly machine: string;
  readonly results: readonly BenchResult[];
}

export interface Figure {
  readonly metric: string;
  readonly unit: string;
  readonly values: readonly number[];
  readonly limit?: number;
  /** Of the ratio where there is a limit, else of the median. */
  readonly aim?: Aim;
}

type Aim = { readonly atLeast: number } | { readonly atMost: number };

export function toResult({ metric, unit, values, limit, aim }: Figure): BenchResult {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = median(sorted);
  const reached = limit === undefined ? middle : middle / limit;
  return {
    metric,
    unit,
    median: round(middle),
    min: round(sorted[0] ?? Number.NaN),
    max: round(sorted.at(-1) ?? Number.NaN),
    limit: limit === undefined ? null : round(limit),
    ratio: limit === undefined ? null : round(reached),
    ...(aim === undefined ? { aim: null, met: null } : judge(reached, aim)),
  };
}

function judge(reached: number, aim: Aim): { aim: number; met: boolean } {
  if ("atLeast" in aim) return { aim: round(aim.atLeast), met: reached >= aim.atLeast };
  return { aim: round(aim.atMost), met: reached <= aim.atMost };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Nearest rank on any order of values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

export function describeMachine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

export function renderReport({ name, workload, machine, results }: BenchReport): string {
  const header = ["metric", "median", "min … max", "limit", "ratio", "unit", "aim"];
  const rows = results.map(({ metric, median: middle, min, max, limit, ratio, unit, aim, met }) => [
    metric,
    String(middle),
    `${min} … ${max}`,
    limit === null ? "–" : String(limit),
    ratio === null ? "–" : String(ratio),
    unit,
    aim === null ? "–" : `${aim} ${met === true ? "met" : "missed"}`,
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return [`${name}: ${workload}`, machine, "", line(header), ...rows.map(line)].join("\n");
}
