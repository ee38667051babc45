import type { Finding } from "@freshet/postgres/finding";
import { Session } from "@freshet/postgres/session";

/** Whether the Postgres that is a store answers and has pgvector. Never throws. */
export async function checkPgvector(check: string, url: string | undefined): Promise<Finding> {
  if (url === undefined) {
    return { check, ok: false, says: "Set FRESHET_PGVECTOR_URL to the database that is this store." };
  }
  try {
    const session = await Session.open({ connectionString: url, applicationName: "freshet doctor" });
    try {
      const [found] = await session.rows("SELECT extversion FROM pg_extension WHERE extname = 'vector'");
      if (found) return { check, ok: true, says: `pgvector ${found[0]} answers at ${session.address}.` };
      const says = `The database at ${session.address} has no pgvector yet; the sink makes it if its role may.`;
      return { check, ok: "warning", says, sql: "CREATE EXTENSION vector;" };
    } finally {
      await session.close();
    }
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error && cause.message !== "" ? cause.message : message;
    return { check, ok: false, says: `The store's Postgres can't be used (${reason}): correct FRESHET_PGVECTOR_URL.` };
  }
}
