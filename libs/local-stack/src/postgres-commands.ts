import { join } from "node:path";
import type { Step, User } from "./guard.js";

export type Settings = Readonly<Record<string, string>>;

export interface PostgresCommandsOptions {
  /** The folder of `initdb` and `postgres`. */
  binaries: string;
  /** The data directory. */
  data: string;
  /** Who runs them, where it is somebody else. */
  user: User | undefined;
}

export interface PostgresCommands {
  initialize(superuser: string, passwordFile: string): Step;
  serve(settings: Settings): Step;
  /** Of the data directory, to where nothing is. */
  save(backup: string): Step;
  removeData(): Step;
  /** To the data directory's place, where nothing is. */
  restore(backup: string): Step;
}

export function postgresCommands({ binaries, data, user }: PostgresCommandsOptions): PostgresCommands {
  const copy = (from: string, to: string): Step => ({ user, command: "cp", arguments: ["-Rp", from, to] });
  return {
    initialize: (superuser, passwordFile) => ({
      user,
      command: join(binaries, "initdb"),
      arguments: [
        ...["--pgdata", data, "--username", superuser, "--pwfile", passwordFile],
        // The same on every machine, whatever locales it has.
        ...["--auth=scram-sha-256", "--no-locale", "--encoding=UTF8"],
        ...["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync", "--no-instructions"],
      ],
    }),
    serve: (settings) => ({
      user,
      command: join(binaries, "postgres"),
      arguments: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    }),
    save: (backup) => copy(data, backup),
    removeData: () => ({ user, command: "rm", arguments: ["-rf", data] }),
    restore: (backup) => copy(backup, data),
  };
}
