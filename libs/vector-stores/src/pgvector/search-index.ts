import pg from "pg";
import type { CollectionSpec } from "../vector-store.js";
import { createIndex, indexName } from "./collection.js";
import type { Database } from "./database.js";

/** A build within this memory is several times faster; the server's own setting when that is more. */
const BUILD_MEMORY_KB = 512 * 1024;

/**
 * Builds the index of a collection, once: a build beside a full table is faster than an index that grows with it. When
 * another instance is at it, this returns at once; a build that was cut short before is begun anew.
 */
export async function buildIndex(
  database: Database,
  {
    schema,
    spec,
    signal,
  }: { readonly schema: string; readonly spec: CollectionSpec; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const creation = createIndex(schema, spec);
  if (creation === undefined) return;
  const index = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(indexName(spec.name))}`;
  await database.apart(async (query) => {
    // Whoever waited for the lock would hold the build up, and the build him.
    const [lock] = await query("SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken", [index]);
    if (lock?.["taken"] !== "t") return;
    const [found] = await query("SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass($1)", [index]);
    if (found?.["valid"] === "t") return;
    if (found) await query(`DROP INDEX CONCURRENTLY ${index}`);
    await query(
      `SELECT set_config('maintenance_work_mem', greatest(setting::bigint, ${BUILD_MEMORY_KB}) || 'kB', false)
        FROM pg_settings WHERE name = 'maintenance_work_mem'`,
    );
    await query("SET statement_timeout = 0");
    await query(creation);
  }, signal);
}
