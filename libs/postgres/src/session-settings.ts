/**
 * Both kinds of session print values alike, so a row read by a snapshot has the same text, and the same hash, as the
 * same row read from the WAL. https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const SETTINGS: Readonly<Record<string, string>> = {
  datestyle: "ISO",
  intervalstyle: "postgres",
  timezone: "UTC",
  extra_float_digits: "3",
  bytea_output: "hex",
  // Decides how regclass and its like are printed, and lets nobody put a function before Postgres' own.
  search_path: "",
  // An error instead of rows silently left out.
  row_security: "off",
  // A snapshot may take long; a server's or role's limits for ordinary sessions would end it.
  statement_timeout: "0",
  transaction_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
};

export interface SessionLimits {
  /** How long a statement may wait for a lock, in ms. A slot's creation waits for open transactions so. */
  readonly lockTimeoutMs: number;
  /** The server ends a session that says nothing for so long, in ms; 0: never. */
  readonly idleTimeoutMs: number;
}

/** One statement that makes the settings, less those that the server's version doesn't know. */
export function settingsStatement({ lockTimeoutMs, idleTimeoutMs }: SessionLimits): string {
  const settings = { ...SETTINGS, lock_timeout: String(lockTimeoutMs), idle_session_timeout: String(idleTimeoutMs) };
  const values = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`);
  return (
    `SELECT pg_catalog.set_config(known.name, wanted.value, false) FROM (VALUES ${values.join(", ")}) wanted (name, value) ` +
    `JOIN pg_catalog.pg_settings known ON pg_catalog.lower(known.name) = wanted.name`
  );
}
