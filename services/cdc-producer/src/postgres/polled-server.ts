import { SourceError } from "@freshet/postgres/errors";
import type { Session } from "@freshet/postgres/session";
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
