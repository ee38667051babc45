import type { PostgresServer } from "@freshet/local-stack/postgres";
import type { Progress } from "@freshet/local-stack/progress";
import { startPgvectorPostgres } from "@freshet/vector-stores/testing/pgvector-postgres";

const SETTINGS = { shared_buffers: "512MB", max_wal_size: "4GB" };

/** A PostgreSQL with pgvector and the memory that a benchmark's tables need. */
export function startBenchPostgres(onProgress: Progress): Promise<PostgresServer> {
  return startPgvectorPostgres({ settings: SETTINGS, onProgress });
}
