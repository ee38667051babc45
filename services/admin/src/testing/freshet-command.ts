import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

const FRESHET = join(ROOT, "services/admin/dist/main.js");

const EXIT_TIMEOUT_MS = 60_000;

interface Installation {
  readonly slot: string;
  /** As in the file, such as `public.books`. */
  readonly tables: readonly string[];
  /** More of the file's `source`, or other tables than those by their names. */
  readonly source?: Readonly<Record<string, unknown>>;
  /** The file's jobs; none when it is left out. */
  readonly schedule?: Readonly<Record<string, unknown>>;
  readonly postgresUrl?: string;
  readonly brokers?: readonly string[];
  /** Beside what every process is given, or instead. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A configuration of its own, for the command and for the producer that it speaks to. */
export class TestInstallation {
  readonly slot: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(installation: Installation) {
    const { slot, source = {}, schedule = {}, postgresUrl, brokers = kafkaBrokers() } = installation;
    const { tables, environment = {} } = installation;
    this.slot = slot;
    const folder = mkdtempSync(join(tmpdir(), "freshet-admin-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "freshet.yaml");
    writeFileSync(path, configuration({ slot, tables, source, schedule }));
    this.#environment = {
      FRESHET_CONFIG: path,
      FRESHET_KAFKA_BROKERS: brokers.join(","),
      FRESHET_HTTP_PORT: "0",
      FRESHET_LOG_LEVEL: "info",
      ...(postgresUrl === undefined ? {} : { FRESHET_POSTGRES_URL: postgresUrl }),
      ...environment,
    };
  }

  freshet(...words: readonly string[]): RunningCommand {
    return this.#start([process.execPath, FRESHET, ...words]);
  }

  /** Its output goes to another program; the exit code is the sum of both. */
  freshetInto(reader: string, ...words: readonly string[]): RunningCommand {
    const script = `"$@" | ${reader}; codes=("\${PIPESTATUS[@]}"); exit $((codes[0] + codes[1]))`;
    return this.#start(["bash", "-c", script, "bash", process.execPath, FRESHET, ...words]);
  }

  startProducer(): RunningCommand {
    return this.#start([process.execPath, join(ROOT, "services/cdc-producer/dist/main.js")]);
  }

  startSink(): RunningCommand {
    return this.#start([process.execPath, join(ROOT, "services/vector-sink/dist/main.js")]);
  }

  #start(words: readonly [string, ...string[]]): RunningCommand {
    const command = new RunningCommand(words, this.#environment);
    onTestFinished(() => command.kill());
    return command;
  }
}

/** A process as a person's shell or a supervisor starts it; without a terminal. */
export class RunningCommand {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  stdout = "";
  stderr = "";

  constructor([program, ...words]: readonly [string, ...string[]], environment: Readonly<Record<string, string>>) {
    this.#child = spawn(program, words, { cwd: ROOT, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#exited = once(this.#child, "close");
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with its exit code, once everything is read that it wrote. @throws when it takes too long, with that. */
  async exit(): Promise<number | null> {
    const patience = new AbortController();
    const expired = delay(EXIT_TIMEOUT_MS, "expired", { signal: patience.signal });
    if ((await Promise.race([this.#exited, expired])) === "expired") {
      throw new Error(`the command doesn't end:\n${this.stdout}\n${this.stderr}`);
    }
    patience.abort();
    await expired.catch(() => undefined);
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

export function newSlot(): string {
  return randomName("slot");
}

type FileParts = Pick<Installation, "slot" | "tables" | "source" | "schedule">;

/** JSON is YAML. */
function configuration({ slot, tables, source, schedule }: Required<FileParts>): string {
  return JSON.stringify({
    source: { slot, publication: slot, tables, ...source },
    schedule,
    topics: { partitions: 2 },
    models: { local: { provider: "local", name: "BAAI/bge-small-en-v1.5" } },
    stores: { main: { kind: "zvec" } },
    indexes: Object.fromEntries(
      tables.map((table, place) => [
        `${slot}_${place}`,
        { table, text: "{{ name }}", model: "local", stores: ["main"] },
      ]),
    ),
  });
}
