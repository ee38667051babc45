import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Cut } from "./text-tokens.js";
import type { TokenizerRequest, TokenizerResponse, TokenizerWorkerOptions } from "./worker-protocol.js";

/** A worker runs compiled code only, also when this file itself is run from its source. */
const WORKER = new URL("../../../dist/openai/tokenizer/worker.js", import.meta.url);

type Answer = Extract<TokenizerResponse, { type: "counted" | "cut" }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Counts tokens in a thread of its own: a row may be a book, and heartbeats don't wait. */
export class TokenizerThread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #failure: Error | undefined;
  #lastId = 0;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (response: TokenizerResponse) => this.#settle(response));
    worker.on("error", (error) => this.#fail(new Error(`The tokenizer stopped working: ${error.message}`)));
    worker.on("exit", () => this.#fail(new Error("The tokenizer is closed.")));
  }

  /** @throws {Error} one sentence, when there is no such tokenizer. */
  static async open(workerData: TokenizerWorkerOptions): Promise<TokenizerThread> {
    const worker = new Worker(WORKER, { workerData });
    const [answer] = (await Promise.race([once(worker, "message"), once(worker, "exit")])) as [
      TokenizerResponse | number,
    ];
    if (typeof answer === "number" || answer.type !== "ready") {
      await worker.terminate();
      throw new Error(
        typeof answer !== "number" && answer.type === "unusable"
          ? answer.message
          : `The thread of the tokenizer ${workerData.tokenizer} ended before it began.`,
      );
    }
    return new TokenizerThread(worker);
  }

  /** Of the whole texts, without special tokens. */
  async count(texts: readonly string[]): Promise<number[]> {
    const answer = await this.#ask("count", texts);
    return answer.type === "counted" ? answer.tokens : [];
  }

  /** What the model takes of each text. */
  async cut(texts: readonly string[]): Promise<Cut[]> {
    const answer = await this.#ask("cut", texts);
    return answer.type === "cut" ? answer.cuts : [];
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(type: TokenizerRequest["type"], texts: readonly string[]): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    const request: TokenizerRequest = { type, id: ++this.#lastId, texts };
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      this.#worker.postMessage(request);
    });
  }

  #settle(response: TokenizerResponse): void {
    if (!("id" in response)) return;
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.type === "failed") pending?.reject(new Error(`The tokenizer failed: ${response.message}`));
    else pending?.resolve(response);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
    this.#pending.clear();
  }
}
