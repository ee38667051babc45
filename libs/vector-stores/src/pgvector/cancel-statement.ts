import pg from "pg";

/** Nobody who leaves waits longer for a server that doesn't answer. */
const TIMEOUT_MS = 2_000;

/**
 * Has the server leave off the statement that one of its backends is at: it would go on with it though its connection is gone,
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-CLIENT-CONNECTION-CHECK-INTERVAL. Never throws:
 * where the server can't be asked, it finishes the statement.
 */
export async function cancelStatement(config: pg.ClientConfig, backend: string): Promise<void> {
  const other = new pg.Client({ ...config, connectionTimeoutMillis: TIMEOUT_MS, query_timeout: TIMEOUT_MS });
  other.on("error", () => undefined);
  try {
    await other.connect();
    await other.query("SELECT pg_cancel_backend($1)", [backend]);
  } catch {
    // See above.
  } finally {
    await other.end().catch(() => undefined);
  }
}
