import { RetriableError } from "@freshet/streaming/errors";
import { SourceError, StartError } from "./errors.js";
import { parseLsn } from "./lsn.js";
import type { Session } from "./session.js";

const OLDEST_VERSION = 15;

/** @throws {SourceError} when the server can't tell what changes in it. @throws {StartError} while it is a standby. */
export async function checkServer(session: Session): Promise<void> {
  const [problem] = await findServerProblems(session);
  if (problem !== undefined) throw problem;
}

/** What keeps the server from telling what changes in it, each a sentence with what to do. */
export async function findServerProblems(session: Session): Promise<(SourceError | StartError)[]> {
  const [version, standby, level] = await session.row(
    "SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(), current_setting('wal_level')",
  );
  const { address } = session;
  const problems: (SourceError | StartError)[] = [];
  if (Number(version) < OLDEST_VERSION) {
    const text = `Postgres at ${address} is version ${version ?? ""}: version ${OLDEST_VERSION} or newer is needed.`;
    problems.push(new SourceError("server-too-old", text));
  }
  if (standby === "t") {
    const text = `Postgres at ${address} is a standby: set FRESHET_POSTGRES_URL (or PGHOST) to the primary.`;
    problems.push(new StartError("standby", text));
  }
  if (level !== "logical") {
    const sql = "ALTER SYSTEM SET wal_level = 'logical'";
    const text =
      `Postgres at ${address} has wal_level = ${level ?? ""}, which leaves out what is needed to read changes: run ` +
      `${sql} and restart it.`;
    problems.push(new SourceError("wal-level", text, { sql }));
  }
  return problems;
}

export interface SeenSlot {
  readonly plugin: string;
  readonly database: string;
  readonly confirmedLsn: bigint;
  /** Why it can't be read any more; null while it can. */
  readonly lost: string | null;
}

/** Through jsonb, because not every server version has every column. */
const SLOT = `SELECT plugin, database, confirmed_flush_lsn,
  CASE WHEN wal_status = 'lost' THEN coalesce(to_jsonb(slot) ->> 'invalidation_reason', 'wal_removed') END
FROM pg_replication_slots slot WHERE slot_name = $1`;

/** Null when there is no such slot. @throws {RetriableError} while it is still being made. */
export async function readSlot(session: Session, slot: string): Promise<SeenSlot | null> {
  const [row] = await session.rows(SLOT, [slot]);
  if (row === undefined) return null;
  const [plugin, database, confirmedLsn, lost] = row;
  if (plugin != null && confirmedLsn == null && lost == null) {
    throw new RetriableError(`Replication slot "${slot}" is still being made, by another connection.`);
  }
  return {
    plugin: plugin ?? "none (a physical slot)",
    database: database ?? "none",
    confirmedLsn: parseLsn(confirmedLsn ?? "0/0"),
    lost: lost ?? null,
  };
}

const STALE_READER_TIMEOUT_MS = 5_000;

/**
 * Ends the WAL sender of an instance of ours that still reads the slot, or makes it, though it no longer holds the lease:
 * frozen, or cut off, and the server would wait for it until `wal_sender_timeout`. Another reader is left alone.
 */
export async function endStaleReader(session: Session, slot: string): Promise<void> {
  await session.rows(
    `SELECT pg_terminate_backend(reader.pid, ${STALE_READER_TIMEOUT_MS}) FROM pg_replication_slots slot
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
