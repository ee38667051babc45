import { SourceError } from "@freshet/postgres/errors";
import { quoteLiteral, type Session } from "@freshet/postgres/session";
import type { Logger } from "@freshet/streaming/logger";
import type { SeenServer } from "../poll/polled-identity.js";

const OLDEST_VERSION = 13;
const INSUFFICIENT_PRIVILEGE = "42501";
const UNDEFINED_FUNCTION = "42883";

/** A primary or a standby, whatever its wal_level is. @throws {SourceError} when it is too old. */
export async function readPolledServer(session: Session): Promise<SeenServer> {
  const [version, database] = await session.row(
    "SELECT current_setting('server_version_num')::int / 10000, current_database()",
  );
  const { address } = session;
  if (Number(version) < OLDEST_VERSION) {
    const text = `Postgres at ${address} is version ${version ?? ""}: version ${OLDEST_VERSION} or newer is needed to poll it.`;
    throw new SourceError("server-too-old", text);
  }
  return { address, database: database ?? "", ...(await readIdentity(session)) };
}

async function readIdentity(session: Session): Promise<{ systemIdentifier: string; timeline: number }> {
  try {
    const [systemIdentifier, timeline] = await session.row(
      "SELECT system_identifier, timeline_id FROM pg_control_system(), pg_control_checkpoint()",
    );
    return { systemIdentifier: systemIdentifier ?? "", timeline: Number(timeline) };
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === INSUFFICIENT_PRIVILEGE || code === UNDEFINED_FUNCTION) return { systemIdentifier: "", timeline: 0 };
    throw error;
  }
}

const UNREAD_SLOT = `SELECT FROM pg_catalog.pg_replication_slots
WHERE slot_name = $1 AND plugin = 'pgoutput' AND database = current_database() AND NOT active`;

/** A slot of that name, left over from reading the WAL: nothing reads it now, and the server keeps all its WAL for it. */
export async function warnOfUnreadSlot(session: Session, slot: string, logger: Logger): Promise<void> {
  const [unread] = await session.rows(UNREAD_SLOT, [slot]);
  if (unread === undefined) return;
  const sql = `SELECT pg_drop_replication_slot(${quoteLiteral(slot)})`;
  logger.warn(
    { slot },
    `replication slot ${slot} is still there, which polling doesn't read: the server keeps WAL for it until its disk is ` +
      `full, and doesn't start with a lower wal_level; unless something else reads it, run ${sql}`,
  );
}
