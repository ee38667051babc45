import { randomUUID } from "node:crypto";
import { env } from "node:process";
import pg from "pg";
import { startPgvectorPostgres } from "./pgvector-postgres.js";

/** A Postgres with pgvector for tests. */
export interface PgvectorServer {
  readonly url: string;
  /** Its own for each test file, also on a server that others use. */
  readonly schema: string;
  /** As somebody else who looks into the database. */
  rows(text: string, values?: readonly string[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export const givenUrl = env["FRESHET_PGVECTOR_URL"];

/** The server named by FRESHET_PGVECTOR_URL, or a new one. */
export async function startPgvectorServer(): Promise<PgvectorServer> {
  const schema = `test "${randomUUID().slice(0, 8)}"`;
  // No test of a store takes its power away.
  const own = givenUrl ? undefined : await startPgvectorPostgres({ settings: { fsync: "off" } });
  const url = own?.url ?? givenUrl ?? "";
  const rows = async (text: string, values: readonly string[] = []) => {
    const client = new pg.Client(url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };
  const stop = async () => {
    if (own) return own.stop();
    await rows(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`);
  };
  return { url, schema, rows, stop };
}
