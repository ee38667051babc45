import { FatalError } from "@freshet/streaming/errors";
import { StartError } from "./errors.js";
import { parseLsn } from "./lsn.js";
import type { Session } from "./session.js";

const OLDEST_VERSION = 15;

/** @throws {FatalError} when the server can't tell what changes in it. @throws {StartError} while it is a standby. */
export async function checkServer(session: Session): Promise<void> {
  const [version, standby, level] = await session.row(
    "SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(), current_setting('wal_level')",
  );
  if (Number(version) < OLDEST_VERSION) {
    throw new FatalError(
      `Postgres at ${session.address} is version ${version ?? ""}: version ${OLDEST_VERSION} or newer is needed.`,
    );
  }
  if (standby === "t") {
    throw new StartError(
      `Postgres at ${session.address} is a standby: set FRESHET_POSTGRES_URL (or PGHOST) to the primary.`,
    );
  }
  if (level === "logical") return;
  throw new FatalError(
    `Postgres at ${session.address} has wal_level = ${level ?? ""}, which leaves out what is needed to read changes: run ` +
      `ALTER SYSTEM SET wal_level = 'logical' and restart it.`,
  );
}

export interface SeenSlot {
  readonly plugin: string;
  readonly database: string;
  readonly confirmedLsn: bigint;
}

/** Null when there is no such slot. */
export async function readSlot(session: Session, slot: string): Promise<SeenSlot | null> {
  const [row] = await session.rows(
    "SELECT plugin, database, confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = $1",
    [slot],
  );
  if (row === undefined) return null;
  const [plugin, database, confirmedLsn] = row;
  return {
    plugin: plugin ?? "none (a physical slot)",
    database: database ?? "none",
    confirmedLsn: parseLsn(confirmedLsn ?? "0/0"),
  };
}

/**
 * Ends the WAL sender of an instance of ours that still reads the slot, though it no longer holds the lease: frozen, or
 * cut off, and the server would wait for it until `wal_sender_timeout`. Another reader is left alone.
 */
export async function endStaleReader(session: Session, slot: string): Promise<void> {
  await session.rows(
    `SELECT pg_terminate_backend(reader.pid) FROM pg_replication_slots slot
     JOIN pg_stat_activity reader ON reader.pid = slot.active_pid
     WHERE slot.slot_name = $1 AND reader.application_name = current_setting('application_name')`,
    [slot],
  );
}

/** The end of the WAL now: what isn't confirmed of it is our lag. */
export async function readWalEnd(session: Session): Promise<bigint> {
  const [lsn] = await session.row("SELECT pg_current_wal_lsn()");
  return parseLsn(lsn ?? "");
}

/** How long the server waits for a sign of life, in ms; 0: for ever. */
export async function readWalSenderTimeoutMs(session: Session): Promise<number> {
  const [ms] = await session.row("SELECT setting FROM pg_settings WHERE name = 'wal_sender_timeout'");
  return Number(ms);
}
