import { createColors } from "picocolors";
import type { ConsumerStatus, IndexStatus, SinkStatus, StatusReport } from "./status-report.js";

type Colors = ReturnType<typeof createColors>;

/** Plain sentences for a person; colours only where a terminal shows them. */
export function renderStatus(
  report: StatusReport,
  options: { readonly now: number; readonly colors: boolean },
): string {
  const colors = createColors(options.colors);
  return [
    ...renderSource(report, options.now, colors),
    ...report.indexes.flatMap((index) => renderIndex(index, options.now, colors)),
  ].join("\n");
}

function renderSource({ source }: StatusReport, now: number, colors: Colors): string[] {
  if (!source) return [`${colors.bold("Source")}  no cdc-producer has reported yet; start one`];
  const { database, slot, phase, confirmedLsn, updatedAt, lastError, snapshots } = source;
  const lines = [
    `${colors.bold("Source")}  database ${database}, slot ${slot}: ${phase}, confirmed ${confirmedLsn}, reported ${ago(updatedAt, now)}`,
  ];
  if (lastError !== null) lines.push(`  ${colors.red("last error")}  ${lastError}`);
  for (const [table, { rows, finishedAt }] of Object.entries(snapshots)) {
    lines.push(`  ${table}  ${finishedAt === null ? "snapshot under way" : "snapshot done"}, ${rows} rows`);
  }
  return lines;
}

function renderIndex({ index, table, transformer, sinks }: IndexStatus, now: number, colors: Colors): string[] {
  return [
    `${colors.bold("Index")}   ${index}, from ${table}`,
    `  embedding-transformer  ${consumer(transformer, colors)}`,
    ...sinks.map((sink) => `  vector-sink ${sink.store}  ${consumer(sink, colors)}${freshness(sink, now)}`),
  ];
}

function consumer({ instances, lag, state }: ConsumerStatus, colors: Colors): string {
  if (instances === 0) return colors.yellow("not running");
  const behind = lag === null ? "its topic isn't there yet" : lag === 0 ? colors.green("up to date") : `${lag} behind`;
  const settling = state === "Stable" ? "" : ` (${state})`;
  return `${instances} ${instances === 1 ? "instance" : "instances"}${settling}, ${behind}`;
}

function freshness({ lastAppliedAt, lastCommittedAt }: SinkStatus, now: number): string {
  if (lastAppliedAt === null || lastCommittedAt === null) return "";
  return `, last change stored ${ago(lastAppliedAt, now)}, ${Math.max(0, lastAppliedAt - lastCommittedAt)} ms after its commit`;
}

function ago(time: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}
