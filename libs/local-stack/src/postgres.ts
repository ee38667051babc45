import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { freePort } from "./free-port.js";
import type { Step } from "./guard.js";
import { GuardedServer, newTemporaryFolder } from "./guarded-server.js";
import { postgresAddress, type PostgresAddress } from "./postgres-address.js";
import { postgresBuild, type PostgresBuild } from "./postgres-build.js";
import { postgresCommands, type Settings } from "./postgres-commands.js";
import { ordinaryUser, reachableBinaries } from "./postgres-user.js";
import type { Progress } from "./progress.js";

const HOST = "127.0.0.1";
const USER = "postgres";

/** A copy of a server's data directory; it lasts as long as the server. */
export interface Backup {
  readonly folder: string;
  /** Of the superuser, who is in the data. */
  readonly password: string;
}

export interface PostgresServer extends PostgresAddress {
  /** Of the postmaster's latest run. */
  readonly pid: number;
  /**
   * What `pg_ctl stop -m immediate` does: ends the server without a checkpoint, so that its next start recovers from the WAL. The
   * data stays.
   */
  crash(): Promise<void>;
  /**
   * Crashes the server, if it runs, and starts it again on the same data and port.
   *
   * @throws {Error} with the server's last words, when it doesn't start; it may be restarted with better settings.
   */
  restart(options?: RestartPostgresOptions): Promise<void>;
  /** Crashes the server, copies its data directory aside and starts it again, with the settings of its first start. */
  saveData(): Promise<Backup>;
  /** Crashes the server, puts the copy in its data's place and starts it again, with the settings of its first start. */
  restoreData(backup: Backup): Promise<void>;
  /** Ends the server at once and throws its data and copies away. */
  stop(): Promise<void>;
}

export interface RestartPostgresOptions {
  /** Server settings that win, for this run, over those of the first start. */
  settings?: Settings | undefined;
}

export interface StartPostgresOptions {
  onProgress?: Progress | undefined;
  /** Another one than `postgresBuild` gives. */
  build?: PostgresBuild | undefined;
  /** Begins with this data instead of a new database: with a `standby.signal` among the files it is a standby. */
  copyOf?: Backup | undefined;
  /** Server settings that win over the ones here. */
  settings?: Settings | undefined;
  /**
   * Texts to be laid in the data directory, by file name, readable for the server's user alone: `server.crt` and `server.key` for
   * `ssl=on`, or another `pg_hba.conf`.
   */
  files?: Record<string, string> | undefined;
}

/**
 * Starts a new Postgres on a free port of the loopback interface, ready for logical replication.
 *
 * @throws {Error} with the server's last words, when it doesn't start.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const port = await freePort(HOST);
  const folder = newTemporaryFolder("postgres");
  const user = await ordinaryUser();
  const { binaries, steps } = await reachableBinaries(options.build ?? postgresBuild(), user, folder);
  const data = join(folder, "data");
  const commands = postgresCommands({ binaries, data, user });
  const { copyOf } = options;
  const password = copyOf?.password ?? randomBytes(9).toString("hex");
  const firstSettings = { ...settingsFor(port), ...options.settings };
  options.onProgress?.("Starting Postgres");
  const server = await GuardedServer.open(
    // SIGQUIT is the "immediate shutdown".
    {
      name: "Postgres",
      folder,
      owner: user,
      signal: "SIGQUIT",
      ready: /database system is ready to accept (?:read-only )?connections/,
    },
    async (opened) => {
      opened.write({ password });
      for (const step of steps) await opened.run(step);
      const initialize = commands.initialize(USER, join(folder, "password"));
      await opened.run(copyOf === undefined ? initialize : commands.restore(copyOf.folder));
      for (const [name, text] of Object.entries(options.files ?? {})) opened.write({ [join("data", name)]: text });
      await opened.start(commands.serve(firstSettings));
    },
  );
  options.onProgress?.(`Postgres is up on port ${port}`);

  const whileDown = async (...work: Step[]): Promise<void> => {
    await server.crash();
    for (const step of work) await server.run(step);
    await server.start(commands.serve(firstSettings));
  };
  let backups = 0;
  return {
    ...postgresAddress(`postgresql://${USER}:${password}@${HOST}:${port}/postgres`),
    get pid() {
      return server.pid;
    },
    crash: () => server.crash(),
    restart: ({ settings } = {}) => server.start(commands.serve({ ...firstSettings, ...settings })),
    saveData: async () => {
      backups += 1;
      const backup = { folder: join(folder, `backup-${backups}`), password };
      await whileDown(commands.save(backup.folder));
      return backup;
    },
    restoreData: (backup) => whileDown(commands.removeData(), commands.restore(backup.folder)),
    stop: () => server.stop(),
  };
}

function settingsFor(port: number): Settings {
  return {
    port: String(port),
    listen_addresses: HOST,
    unix_socket_directories: "",
    wal_level: "logical",
    // Tests that run side by side share the server, each with slots of its own.
    max_connections: "200",
    max_wal_senders: "40",
    max_replication_slots: "40",
  };
}
