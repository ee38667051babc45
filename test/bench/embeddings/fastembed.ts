import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT_DIRECTORY } from "../../support/service-process.js";
import { pythonEnvironment } from "../python-environment.js";

const PACKAGE = { name: "fastembed", version: "0.9.1", module: "fastembed" };
const SCRIPT = join(ROOT_DIRECTORY, "test/bench/embeddings/fastembed_loop.py");
const BATCHES = [1, 2, 4, 8, 16, 32, 64];

interface Answer {
  readonly seconds: number;
  /** Of the first text. */
  readonly vector: readonly number[];
}

export interface FastembedModel {
  readonly folder: string;
  /** Inside the folder. */
  readonly onnxFile: string;
  readonly threads: number;
}

/** fastembed in a Python process of its own, from a virtual environment that is kept for the next time. */
export class Fastembed {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #log = "";

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stderr.on("data", (chunk: Buffer) => (this.#log = (this.#log + chunk.toString()).slice(-2000)));
  }

  /** @throws {Error} with the reason, when there is no Python, or the package can't be had. */
  static async open(
    { folder, onnxFile, threads }: FastembedModel,
    onProgress: (message: string) => void,
  ): Promise<Fastembed> {
    const python = await pythonEnvironment(PACKAGE, onProgress);
    const opened = new Fastembed(spawn(python, [SCRIPT, folder, onnxFile, String(threads)]));
    await opened.#answer();
    return opened;
  }

  /** The fastest batch size on a sample. */
  async bestBatch(sample: readonly string[], runs: number): Promise<number> {
    let best = { seconds: Infinity, batch: 1 };
    for (const batch of BATCHES) {
      for (let i = 0; i < runs; i++) {
        const { seconds } = await this.embed(sample, batch);
        if (seconds < best.seconds) best = { seconds, batch };
      }
    }
    return best.batch;
  }

  async embed(texts: readonly string[], batch: number): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify({ batch, texts })}\n`);
    return (await this.#answer()) as Answer;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.stdin.end();
    await exited;
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`fastembed ended: ${this.#log.trim().split("\n").at(-1) ?? ""}`);
    return JSON.parse(line.value);
  }
}
