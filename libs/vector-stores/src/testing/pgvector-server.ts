import { randomUUID } from "node:crypto";
import { env } from "node:process";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import pg from "pg";

/** A Postgres with pgvector for tests. */
export interface PgvectorServer {
  readonly url: string;
  /** PGlite serves one statement at a time. */
  readonly connections: number;
  /** Its own for each test file, also on a server that others use. */
  readonly schema: string;
  /** As somebody else who looks into the database. */
  rows(text: string, values?: readonly string[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** The server named by FRESHET_PGVECTOR_URL, or a PGlite in this process. */
export async function startPgvectorServer(): Promise<PgvectorServer> {
  const schema = `test "${randomUUID().slice(0, 8)}"`;
  const { url, connections, end } = givenServer() ?? (await startPglite());
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
    await rows(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`);
    await end();
  };
  return { url, connections, schema, rows, stop };
}

export const givenUrl = env["FRESHET_PGVECTOR_URL"];

function givenServer() {
  return givenUrl ? { url: givenUrl, connections: 4, end: () => Promise.resolve() } : undefined;
}

async function startPglite() {
  const db = await PGlite.create({ extensions: { vector } });
  const server = new PGLiteSocketServer({ db, host: "127.0.0.1", port: 0, maxConnections: 8 });
  await server.start();
  const end = async () => {
    await server.stop();
    await db.close();
  };
  return {
    url: `postgres://postgres:postgres@${server.getServerConn()}/postgres?sslmode=disable`,
    connections: 1,
    end,
  };
}
