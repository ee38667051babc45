import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { CollectionSpec } from "../collection-spec.js";
import { indexName, quotedTable } from "./collection.js";
import type { Database, Query } from "./database.js";
import { indexDefinitions, indexesOf, type IndexSettings } from "./indexes.js";

/** A build within this memory is several times faster; the server's own setting when that is more. */
const BUILD_MEMORY_KB = 512 * 1024;
const LOCK_POLL_MS = 1_000;

export interface IndexBuild {
  readonly schema: string;
  readonly spec: CollectionSpec;
  readonly settings: IndexSettings;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a collection's indexes what its fields and the settings ask for: a build beside a full table is faster than an
 * index that grows with it. Writes go on. When another instance is at it, this waits for its end, and makes what it left
 * out; a build that was cut short before is begun anew. After an abort, or when the process is killed, the server finishes
 * the one index that it is building.
 */
export async function buildIndexes(database: Database, { schema, spec, settings, signal }: IndexBuild): Promise<void> {
  const table = quotedTable(schema, spec.name);
  await database.apart({ signal }, async (query) => {
    const take = async () => {
      const [lock] = await query("SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken", [table]);
      return lock?.["taken"] === "t";
    };
    // Whoever waited within the server would hold the build up, and the build him.
    while (!(await take())) await delay(LOCK_POLL_MS, undefined, { signal });
    try {
      await reconcile(query, { schema, spec, settings });
    } finally {
      // It goes with the connection, but for one that a pooler (PgBouncer) keeps.
      await query("SELECT pg_advisory_unlock(hashtextextended($1, 0))", [table]).catch(() => undefined);
    }
  });
}

async function reconcile(query: Query, { schema, spec, settings }: Omit<IndexBuild, "signal">): Promise<void> {
  const table = quotedTable(schema, spec.name);
  const wanted = new Map(
    indexDefinitions(spec, settings).map((definition) => [indexName(spec.name, definition), definition]),
  );
  const found = await indexesOf(query, schema, spec.name);
  const built = new Set(found.filter(({ valid }) => valid).map(({ name }) => name));
  const missing = [...wanted].filter(([name]) => !built.has(name));
  const cutShort = found.filter(({ name, valid }) => wanted.has(name) && !valid);
  const unwanted = found.filter(({ name }) => !wanted.has(name));
  if (missing.length === 0 && unwanted.length === 0) return;

  const drop = (name: string) =>
    query(`DROP INDEX CONCURRENTLY IF EXISTS ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
  await useMemory(query, settings);
  for (const { name } of cutShort) await drop(name);
  for (const [name, definition] of missing) {
    await query(`CREATE INDEX CONCURRENTLY ${pg.escapeIdentifier(name)} ON ${table} USING ${definition}`);
  }
  // Until here searches went on by the indexes of the settings before.
  for (const { name } of unwanted) await drop(name);
  // The planner then knows which searches a field's index narrows, and how frequent terms are.
  await query(`ANALYZE ${table}`);
}

async function useMemory(query: Query, { maintenanceWorkMem }: IndexSettings): Promise<void> {
  if (maintenanceWorkMem !== undefined) {
    await query("SELECT set_config('maintenance_work_mem', $1, false)", [maintenanceWorkMem]);
    return;
  }
  await query(
    `SELECT set_config('maintenance_work_mem', greatest(setting::bigint, ${BUILD_MEMORY_KB}) || 'kB', false)
      FROM pg_settings WHERE name = 'maintenance_work_mem'`,
  );
}
