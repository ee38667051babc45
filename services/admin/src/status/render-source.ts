import type { SlotHealth } from "@freshet/schemas/service-state";
import type { Colors } from "../rendering/colors.js";
import { ago, formatBytes, formatDuration } from "../rendering/measures.js";
import { renderProgress } from "../rendering/render-progress.js";
import { snapshotProgress } from "../rendering/snapshot-progress.js";
import type { SourceStatus } from "./source-status.js";

const LABEL_WIDTH = 10;
/** Outcomes of longer ago are in the JSON only. */
const RECENT_MS = 10 * 60_000;

export interface RenderOptions {
  /** Ms since the Unix epoch. */
  readonly now: number;
  readonly colors: Colors;
}

/** A line for each thing that a person looks for. */
export function renderSource(source: SourceStatus, { now, colors }: RenderOptions): string[] {
  const { database, slot, epoch, confirmedLsn, health, polled, lastError, updatedAt, acceptanceAskedAt } = source;
  const then = source.silent || source.phase === "stopped" ? `, as of ${ago(updatedAt, now)}` : "";
  const tables = renderTables(source, { colors, then });
  const lines: (readonly [label: string, text: string])[] = [
    ["phase", renderPhase(source, now, colors)],
    ...(acceptanceAskedAt === null ? [] : [["accepted", renderAcceptance(acceptanceAskedAt, now, colors)] as const]),
    // Where nothing is read from the WAL, there is no position of it.
    confirmedLsn === "0/0" ? ["epoch", String(epoch)] : ["confirmed", `${confirmedLsn}, epoch ${epoch}${then}`],
    ...(health === null ? [] : renderHealth(health, colors)).map(([label, text]) => [label, text + then] as const),
    ...Object.entries(polled).map(([table, floor]) => ["polled", `${table}  up to ${floor}${then}`] as const),
    ...tables.map((text) => ["snapshot", text] as const),
    ...renderRequested(source, now, colors).map((text) => ["requested", text] as const),
    ...(lastError === null ? [] : [["last error", colors.red(lastError)] as const]),
  ];
  const reported = `reported ${ago(updatedAt, now)}`;
  return [
    `${colors.bold("Source")}  database ${database}, slot ${slot}, ${source.silent ? colors.yellow(reported) : reported}`,
    ...lines.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}  ${text}`),
  ];
}

function renderPhase({ silent, phase, updatedAt }: SourceStatus, now: number, colors: Colors): string {
  if (!silent) return phase;
  return colors.yellow(`silent for ${formatDuration(now - updatedAt)} (${phase} before): is the cdc-producer running?`);
}

function renderAcceptance(askedAt: number, now: number, colors: Colors): string {
  return colors.yellow(
    `${ago(askedAt, now)}: the cdc-producer's next start takes it up, and reads every table anew; restart it`,
  );
}

function renderHealth(health: SlotHealth, colors: Colors): (readonly [string, string])[] {
  const { lagBytes, lagMs, retainedBytes, safeBytes, safeMs, walStatus, spilledBytes } = health;
  const lag = lagMs === 0 ? "no change waits" : `the oldest change waits for ${formatDuration(lagMs)}`;
  const time = safeMs === null ? "" : `, ${formatDuration(safeMs)} at the present rate`;
  const safe =
    safeBytes === null
      ? "no limit (max_slot_wal_keep_size = -1)"
      : `${formatBytes(Math.max(0, safeBytes))} more until the slot is lost${time}`;
  return [
    ["lag", `${formatBytes(lagBytes)} of WAL, ${lag}`],
    ["retained", `${formatBytes(retainedBytes)} of WAL, ${safe}`],
    ["slot", `wal_status ${renderWalStatus(walStatus, colors)}, ${formatBytes(spilledBytes)} spilled`],
  ];
}

function renderWalStatus(status: string, colors: Colors): string {
  if (status === "reserved") return colors.green(status);
  return status === "lost" ? colors.red(`${status} (freshet source accept starts anew)`) : colors.yellow(status);
}

interface TableOptions {
  readonly colors: Colors;
  /** When that was which isn't going on. */
  readonly then: string;
}

function renderTables({ snapshots, waiting, updatedAt }: SourceStatus, { colors, then }: TableOptions): string[] {
  const width = Math.max(0, ...[...Object.keys(snapshots), ...waiting].map(({ length }) => length));
  return [
    ...Object.entries(snapshots).map(([table, run]) => {
      const progress = renderProgress(snapshotProgress(run, updatedAt), { colors, bar: true });
      return `${table.padEnd(width)}  ${progress}${run.finishedAt === null ? then : ""}`;
    }),
    ...waiting.map((table) => `${table.padEnd(width)}  not begun`),
  ];
}

function renderRequested({ requested, updatedAt }: SourceStatus, now: number, colors: Colors): string[] {
  const recent = Object.entries(requested).filter(([, { finishedAt, startedAt, error }]) => {
    const end = finishedAt ?? (error === null ? now : startedAt);
    return now - end < RECENT_MS;
  });
  return recent.map(([id, run]) => {
    if (run.error !== null) return `${run.table}  ${colors.red("✗")} ${run.error} (${id})`;
    return `${run.table}  ${renderProgress(snapshotProgress(run, updatedAt), { colors, bar: true })} (${id})`;
  });
}
