import { formatLsn, parseLsn } from "@freshet/postgres/lsn";
import type { Session } from "@freshet/postgres/session";
import type { SlotHealth, SourceState } from "@freshet/schemas/service-state";
import { WalHistory } from "./wal-history.js";

/** The slot as pg_replication_slots and pg_stat_replication_slots have it. */
export interface SlotReading {
  readonly walEnd: bigint;
  /** The oldest WAL that is kept for it; null when none is any more. */
  readonly restartLsn: bigint | null;
  readonly walStatus: string;
  readonly safeBytes: number | null;
  readonly spilledBytes: number;
}

const READING = `SELECT pg_current_wal_lsn(), slot.restart_lsn, slot.wal_status, slot.safe_wal_size, stats.spill_bytes
FROM pg_replication_slots slot LEFT JOIN pg_stat_replication_slots stats USING (slot_name)
WHERE slot.slot_name = $1`;

/** Null when there is no such slot. */
export async function readSlotHealth(session: Session, slot: string): Promise<SlotReading | null> {
  const [row] = await session.rows(READING, [slot]);
  if (row === undefined) return null;
  const [walEnd, restartLsn, walStatus, safeBytes, spilledBytes] = row;
  return {
    walEnd: parseLsn(walEnd ?? ""),
    restartLsn: restartLsn == null ? null : parseLsn(restartLsn),
    walStatus: walStatus ?? "lost",
    safeBytes: safeBytes == null ? null : Number(safeBytes),
    spilledBytes: Number(spilledBytes ?? 0),
  };
}

/**
 * What the stored state knows of the time before: else a lag that is hours old would look new after a restart.
 *
 * @param now in ms since the Unix epoch. @param at the same on the history's clock.
 */
export function pastWal(state: SourceState, now: number, at: number): WalHistory {
  const history = new WalHistory();
  if (state.health === null) return history;
  const then = at - (now - state.updatedAt);
  history.add({ at: then - state.health.lagMs, walEnd: parseLsn(state.confirmedLsn) });
  history.add({ at: then, walEnd: parseLsn(state.health.walEnd) });
  return history;
}

const RATE_WINDOW_MS = 5 * 60_000;

/** @param confirmed up to where Kafka has everything. */
export function slotHealth(reading: SlotReading, confirmed: bigint, history: WalHistory): SlotHealth {
  const { walEnd, restartLsn, walStatus, safeBytes, spilledBytes } = reading;
  const rate = history.bytesPerMs(RATE_WINDOW_MS);
  const distance = (from: bigint) => (walEnd > from ? Number(walEnd - from) : 0);
  return {
    walEnd: formatLsn(walEnd),
    lagBytes: distance(confirmed),
    lagMs: history.waitedMs(confirmed),
    retainedBytes: restartLsn === null ? 0 : distance(restartLsn),
    safeBytes,
    safeMs: safeBytes === null || rate === 0 ? null : Math.round(Math.max(0, safeBytes) / rate),
    ...{ walStatus, spilledBytes },
  };
}

const LITTLE_MS = 60 * 60_000;

/** Whether the slot may soon be lost, by the rate of the last minutes, or is behind the limit already. */
export function isEndangered({ walStatus, safeBytes, safeMs }: SlotHealth): boolean {
  if (walStatus === "unreserved" || walStatus === "lost") return true;
  return safeBytes !== null && safeMs !== null && safeMs < LITTLE_MS;
}
