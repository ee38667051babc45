import { randomBytes } from "node:crypto";
import { join } from "node:path";
import getPort from "get-port";
import { newTemporaryFolder, startGuardedProcess } from "./guarded-process.js";
import { postgresBinaries } from "./postgres-binaries.js";
import { ordinaryUser, reachableBinaries } from "./postgres-user.js";
import type { Progress } from "./progress.js";

const HOST = "127.0.0.1";
const USER = "postgres";

/** Where a Postgres is, and how to log in as somebody who may create databases and replication slots. */
export interface PostgresAddress {
  url: string;
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export interface PostgresServer extends PostgresAddress {
  /** Ends the server at once and throws its data away. */
  stop(): Promise<void>;
}

export interface StartPostgresOptions {
  onProgress?: Progress | undefined;
  /** Server settings that win over the ones here. */
  settings?: Record<string, string> | undefined;
}

/**
 * Starts a new Postgres on a free port of the loopback interface, ready for logical replication.
 *
 * @throws {Error} with the server's last words, when it doesn't start.
 */
export async function startPostgres(options: StartPostgresOptions = {}): Promise<PostgresServer> {
  const port = await getPort({ host: HOST });
  const folder = newTemporaryFolder("postgres");
  const data = join(folder, "data");
  const user = await ordinaryUser();
  const { binaries, steps } = await reachableBinaries(postgresBinaries(), user, folder);
  const password = randomBytes(9).toString("hex");
  options.onProgress?.("Starting Postgres");
  const server = await startGuardedProcess({
    name: "Postgres",
    folder,
    files: { password },
    owner: user,
    steps: [
      ...steps,
      {
        user,
        command: join(binaries, "initdb"),
        arguments: [
          ...["--pgdata", data, "--username", USER, "--pwfile", join(folder, "password")],
          // The same on every machine, whatever locales it has.
          ...["--auth=scram-sha-256", "--no-locale", "--encoding=UTF8"],
          ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"],
        ],
      },
      {
        user,
        command: join(binaries, "postgres"),
        arguments: ["-D", data, ...settingFlags({ ...settingsFor(port), ...options.settings })],
      },
    ],
    // "Immediate shutdown": no checkpoint for data that is thrown away.
    signal: "SIGQUIT",
    ready: /database system is ready to accept connections/,
  });
  options.onProgress?.(`Postgres is up on port ${port}`);
  const url = `postgresql://${USER}:${password}@${HOST}:${port}/postgres`;
  return { url, host: HOST, port, user: USER, password, database: "postgres", stop: () => server.stop() };
}

/** @throws {Error} when it isn't the URL of a Postgres. */
export function postgresAddress(url: string): PostgresAddress {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new Error("FRESHET_POSTGRES_URL must look like postgresql://user:password@host:5432/database.");
  }
  const user = decodeURIComponent(parsed.username) || USER;
  return {
    url,
    host: parsed.hostname,
    port: Number(parsed.port || 5432),
    user,
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)) || user,
  };
}

function settingsFor(port: number): Record<string, string> {
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

function settingFlags(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
