import { WorkerCalls } from "../../thread/worker-calls.js";
import type { Cut } from "./text-tokens.js";
import type { TokenizerAnswer, TokenizerRequest, TokenizerWorkerOptions } from "./worker-protocol.js";

/** A worker runs compiled code only, also when this file itself is run from its source. */
const WORKER = new URL("../../../dist/openai/tokenizer/worker.js", import.meta.url);

type Calls = WorkerCalls<null, TokenizerRequest, TokenizerAnswer>;

/** Counts tokens in a thread of its own: a row may be a book, and heartbeats don't wait. */
export class TokenizerThread {
  readonly #calls: Calls;

  private constructor(calls: Calls) {
    this.#calls = calls;
  }

  /** @throws {Error} one sentence, when there is no such tokenizer. */
  static async open(options: TokenizerWorkerOptions): Promise<TokenizerThread> {
    const subject = `The tokenizer ${options.tokenizer}`;
    return new TokenizerThread(await WorkerCalls.open({ url: WORKER, options, subject }));
  }

  /** Of the whole texts, without special tokens. */
  async count(texts: readonly string[]): Promise<number[]> {
    const answer = await this.#calls.ask({ type: "count", texts });
    return answer.type === "counted" ? answer.tokens : [];
  }

  /** What the model takes of each text. */
  async cut(texts: readonly string[]): Promise<Cut[]> {
    const answer = await this.#calls.ask({ type: "cut", texts });
    return answer.type === "cut" ? answer.cuts : [];
  }

  close(): Promise<void> {
    return this.#calls.close();
  }
}
