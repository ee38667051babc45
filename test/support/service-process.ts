import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { until } from "./until.js";

export type ServiceName = "cdc-producer" | "embedding-transformer" | "vector-sink" | "search";

export interface ServiceProcessOptions {
  readonly name: ServiceName;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

const ROOT = import.meta.dirname.endsWith("/dist/support") ? "../../.." : "../..";
const KEPT_LOG_BYTES = 64 * 1024;

/** The root of the checkout, whether this file runs from its source or built. */
export const ROOT_DIRECTORY = fileURLToPath(new URL(ROOT, import.meta.url));

/** One service as its own operating-system process, as it is deployed. */
export class ServiceProcess {
  readonly name: ServiceName;
  readonly url: string;
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #log = "";

  constructor({ name, port, environment }: ServiceProcessOptions) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.#environment = { ...environment, FRESHET_HTTP_PORT: String(port) };
  }

  start(): void {
    const entry = `${ROOT_DIRECTORY}/services/${this.name}/dist/main.js`;
    const child = spawn(process.execPath, ["--enable-source-maps", entry], {
      cwd: ROOT_DIRECTORY,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...this.#environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-KEPT_LOG_BYTES);
    });
    this.#child = child;
  }

  /** What it wrote last, for error messages. */
  get log(): string {
    return this.#log;
  }

  /** Of the process that was started last; 0 before the first. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws when it has ended or isn't ready in time; the message carries the end of its log. */
  async ready(timeoutMs = 60_000, signal?: AbortSignal): Promise<void> {
    const probe = async () => {
      if (!this.running) return true;
      return (await fetch(`${this.url}/health/ready`)).ok;
    };
    await until(probe, { what: `${this.name} is ready`, timeoutMs, ...(signal ? { signal } : {}) }).catch(
      (cause: unknown) => {
        throw new Error(`${this.name} is not ready:\n${this.#log}`, { cause });
      },
    );
    if (!this.running) throw new Error(`${this.name} ended by itself:\n${this.#log}`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** SIGKILL, or a clean stop by SIGTERM. @returns the exit code, null after a kill. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.running) return child?.exitCode ?? null;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    return child.exitCode;
  }
}
