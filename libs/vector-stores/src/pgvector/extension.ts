import type { Database } from "./database.js";
import { StoreUnavailableError } from "../errors.js";

/** The first with the scan that goes on until a filtered search has its hits. */
const OLDEST_VERSION = [0, 8] as const;

/**
 * The version that would be made, and whether this role may: one that is trusted asks for the right to make objects in the
 * database, https://www.postgresql.org/docs/current/sql-createextension.html#id-1.9.3.64.7
 */
const AVAILABLE = `SELECT version, rolsuper OR (trusted AND has_database_privilege(current_database(), 'CREATE')) AS allowed
  FROM pg_available_extensions JOIN pg_available_extension_versions USING (name), pg_roles
  WHERE name = 'vector' AND version = default_version AND rolname = current_user`;

/** Makes it where the role may. @throws with the SQL that a superuser is to run otherwise. */
export async function requireExtension(database: Database): Promise<void> {
  requireVersion((await versionOf(database)) ?? (await create(database)), database);
}

/** As one sentence. @throws with the SQL that a superuser is to run: it's too old, or missing and not this role's to make. */
export async function describeExtension(database: Database): Promise<string> {
  const { address } = database;
  const version = await versionOf(database);
  if (version !== undefined) {
    requireVersion(version, database);
    return `pgvector ${version} answers at ${address}.`;
  }
  const [available] = await database.rows<{ version: string; allowed: string }>(AVAILABLE);
  if (!available) {
    throw new Error(
      `The database at ${address} has no pgvector: install it on the server, and let a superuser run CREATE EXTENSION ` +
        `vector there.`,
    );
  }
  requireVersion(available.version, database);
  if (available.allowed !== "t") {
    throw new Error(
      `The database at ${address} has no pgvector yet, and this role may not make it: let a superuser run CREATE ` +
        `EXTENSION vector there.`,
    );
  }
  return `Postgres answers at ${address}; the first collection makes pgvector ${available.version} there.`;
}

function requireVersion(version: string, { address }: Database): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `pgvector ${version} at ${address} is too old: install ${OLDEST_VERSION.join(".")} or newer on the server, and let a ` +
      `superuser run ALTER EXTENSION vector UPDATE there.`,
  );
}

async function create(database: Database): Promise<string> {
  try {
    await database.rows("CREATE EXTENSION IF NOT EXISTS vector");
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
    // "IF NOT EXISTS" fails where another instance makes it at the same time.
    const made = await versionOf(database);
    if (made !== undefined) return made;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The database at ${database.address} has no pgvector: install it on the server, and let a superuser run CREATE ` +
        `EXTENSION vector there (${reason}).`,
      { cause: error },
    );
  }
  return (await versionOf(database)) ?? "0";
}

async function versionOf(database: Database): Promise<string | undefined> {
  const [row] = await database.rows<{ extversion: string }>(
    "SELECT extversion FROM pg_extension WHERE extname = 'vector'",
  );
  return row?.extversion;
}
