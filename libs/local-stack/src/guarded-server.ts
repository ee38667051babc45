import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Guard, type GuardPlan, type Step } from "./guard.js";
import { pauseProcess } from "./pause-process.js";

const READY_TIMEOUT_MS = 120_000;
const LOG_LINES_KEPT = 20;

export interface GuardedServerOptions extends GuardPlan {
  /** What a person calls it: "Postgres". */
  name: string;
  /** The line of its output that tells that it serves. */
  ready: RegExp;
}

/** A folder name that nobody has yet; the guard creates it, so that nothing is left if we die before. */
export function newTemporaryFolder(name: string): string {
  return join(tmpdir(), `freshet-${name}-${randomBytes(6).toString("hex")}`);
}

/**
 * A server and its folder, neither of which can outlive this process. The server may end and be started again on what lies in the
 * folder.
 */
export class GuardedServer {
  readonly #options: GuardedServerOptions;
  readonly #guard: Guard;
  #lastLines: string[] = [];
  #pid: number | undefined;
  #isRunning = false;

  private constructor(options: GuardedServerOptions) {
    this.#options = options;
    const { folder, owner, signal } = options;
    this.#guard = new Guard({ folder, owner, signal });
    this.#guard.on("line", (line) => {
      this.#lastLines.push(line);
      if (this.#lastLines.length > LOG_LINES_KEPT) this.#lastLines.shift();
    });
    this.#guard.on("started", () => {
      this.#isRunning = true;
    });
    this.#guard.on("ended", () => {
      this.#isRunning = false;
    });
  }

  /** A folder in which `prepare` starts the server; where that fails, nothing is left. */
  static async open(
    options: GuardedServerOptions,
    prepare: (server: GuardedServer) => Promise<void>,
  ): Promise<GuardedServer> {
    const server = new GuardedServer(options);
    try {
      await prepare(server);
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Of the server's latest run. */
  get pid(): number {
    if (this.#pid === undefined) throw new Error(`${this.#options.name} was never started.`);
    return this.#pid;
  }

  /** Lays files into the folder, by their paths there, which only the folder's owner may read. */
  write(files: Record<string, string>): void {
    this.#guard.ask({ write: files });
  }

  /** @throws {Error} with the command's last words, when it fails. */
  async run(step: Step): Promise<void> {
    this.#lastLines = [];
    const ended = this.#ended();
    this.#guard.ask({ run: step });
    if ((await ended) !== 0) throw this.#failure(`could not be prepared with ${step.command}`);
  }

  /**
   * Resolves when the server serves; one that runs is ended first.
   *
   * @throws {Error} with the server's last words, when it ends or stays silent instead of getting ready.
   */
  async start(step: Step): Promise<void> {
    await this.crash();
    this.#lastLines = [];
    let timer: NodeJS.Timeout | undefined;
    const events = [
      this.#ready(),
      this.#ended().then(() => Promise.reject(this.#failure("ended while it was starting"))),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          reject(this.#failure(`was not ready after ${READY_TIMEOUT_MS / 1000} s`));
        }, READY_TIMEOUT_MS);
      }),
    ];
    this.#guard.once("started", (pid) => {
      this.#pid = pid;
    });
    this.#guard.ask({ run: step });
    try {
      await Promise.race(events);
    } finally {
      clearTimeout(timer);
    }
  }

  /** It keeps its connections and accepts others, and answers nothing from when this resolves. */
  pause(): Promise<void> {
    return pauseProcess(this.pid);
  }

  /** Lets a paused server go on. */
  resume(): void {
    process.kill(this.pid, "SIGCONT");
  }

  /** Ends the server at once, if it runs, also when it is paused. What lies in the folder stays. */
  async crash(): Promise<void> {
    if (!this.#isRunning) return;
    const ended = this.#ended();
    this.#guard.ask({ end: null });
    await ended;
  }

  /** Resolves when the server has ended and its folder is gone. */
  async stop(): Promise<void> {
    this.#guard.release();
    await this.#guard.gone;
  }

  #ready(): Promise<void> {
    return new Promise((resolve) => {
      const listen = (line: string): void => {
        if (!this.#options.ready.test(line)) return;
        this.#guard.off("line", listen);
        resolve();
      };
      this.#guard.on("line", listen);
    });
  }

  /** @throws {Error} when the guard ends before. */
  async #ended(): Promise<number> {
    const gone = this.#guard.gone.then(() => Promise.reject(this.#failure("was stopped")));
    const [code] = (await Promise.race([once(this.#guard, "ended"), gone])) as [number];
    return code;
  }

  #failure(what: string): Error {
    const words = this.#lastLines.length > 0 ? `; its last words:\n  ${this.#lastLines.join("\n  ")}` : ".";
    return new Error(`${this.#options.name} ${what}${words}`);
  }
}
