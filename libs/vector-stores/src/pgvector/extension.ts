import type { Database } from "./database.js";
import { StoreUnavailableError } from "../errors.js";

/** The first with the scan that goes on until a filtered search has its hits. */
const OLDEST_VERSION = [0, 8] as const;

/** Makes it where the role may. @throws with the SQL that a superuser is to run otherwise. */
export async function requireExtension(database: Database): Promise<void> {
  const installed = await versionOf(database);
  const version = installed ?? (await create(database));
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_VERSION;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new Error(
    `pgvector ${version} at ${database.address} is too old: install ${OLDEST_VERSION.join(".")} or newer on the server, ` +
      `and let a superuser run ALTER EXTENSION vector UPDATE there.`,
  );
}

async function create(database: Database): Promise<string> {
  try {
    await database.rows("CREATE EXTENSION IF NOT EXISTS vector");
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw error;
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
