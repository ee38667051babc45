import { toUSVString } from "node:util";
import type { Embedding, EmbeddingModel, EmbedOptions, TextKind } from "../embedding-model.js";
import { type CountedText, sendHalving } from "../remote/halving.js";
import { LinkedAbort } from "../remote/linked-abort.js";
import { isFatal, type Outcome, settle } from "../remote/outcome.js";
import { type Patience, RequestPolicy } from "../remote/request-policy.js";
import { planRequests } from "../remote/request-plan.js";
import { EmbeddingsApi } from "./embeddings-api.js";
import type { OpenAiModelOptions } from "./options.js";
import { TokenizerThread } from "./tokenizer/tokenizer-thread.js";

/**
 * A model behind an OpenAI-compatible `/v1/embeddings`. The server isn't asked before the first text: one that is down
 * keeps nothing from starting.
 *
 * @throws {Error} one sentence, when the tokenizer can't be loaded, or the key not be read.
 */
export async function openOpenAiModel(options: OpenAiModelOptions, patience: Patience = {}): Promise<EmbeddingModel> {
  const { tokenizer, modelDirectory, modelCache, maxTokens, apiKey } = options;
  // A file that can't be read shows now.
  apiKey?.();
  return new OpenAiModel(
    options,
    await TokenizerThread.open({ tokenizer, modelDirectory, modelCache, maxTokens }),
    new RequestPolicy({ requestsInFlight: options.requestsInFlight, ...patience }),
  );
}

class OpenAiModel implements EmbeddingModel {
  readonly identity: EmbeddingModel["identity"];
  readonly maxTokens: number;
  readonly #options: OpenAiModelOptions;
  readonly #tokenizer: TokenizerThread;
  readonly #api: EmbeddingsApi;
  readonly #closed = new AbortController();

  constructor(options: OpenAiModelOptions, tokenizer: TokenizerThread, policy: RequestPolicy) {
    const { name, revision, dimensions, maxTokens } = options;
    // In which numbers the server calculates, only its operator knows.
    this.identity = { name, revision, dtype: "remote", dimensions };
    this.maxTokens = maxTokens;
    this.#options = options;
    this.#tokenizer = tokenizer;
    this.#api = new EmbeddingsApi(options, policy);
  }

  prefix(kind: TextKind): string {
    return kind === "query" ? this.#options.queryPrefix : this.#options.documentPrefix;
  }

  async embed(texts: readonly string[], kind: TextKind, { signal }: EmbedOptions = {}): Promise<Embedding[]> {
    const abort = new LinkedAbort([this.#closed.signal, signal]);
    try {
      abort.signal.throwIfAborted();
      if (texts.length === 0) return [];
      const outcomes = await this.#send(await this.#cut(texts, this.prefix(kind)), abort);
      signal?.throwIfAborted();
      return settle(outcomes);
    } finally {
      abort.dispose();
    }
  }

  countTokens(texts: readonly string[]): Promise<number[]> {
    return this.#tokenizer.count(texts);
  }

  /** Ends the requests under way. */
  async close(): Promise<void> {
    this.#closed.abort(new Error(`The model ${this.identity.name} is closed.`));
    await Promise.all([this.#tokenizer.close(), this.#api.close()]);
  }

  async #send(texts: readonly CountedText[], abort: LinkedAbort): Promise<Outcome[]> {
    const requests = planRequests(
      texts.map(({ tokens }) => tokens),
      this.#options.batch,
    );
    const outcomes = requests.map(async ([start, end]) => {
      const results = await sendHalving(texts.slice(start, end), (part) => this.#api.send(part, abort.signal));
      const fatal = results.find(isFatal);
      // The other requests would meet it too.
      if (fatal) abort.abort(fatal);
      return results;
    });
    return (await Promise.all(outcomes)).flat();
  }

  /** Lone surrogates can't be encoded; servers refuse a whole request for one. */
  async #cut(texts: readonly string[], prefix: string): Promise<CountedText[]> {
    const prefixed = texts.map((text) => toUSVString(prefix + text));
    const cuts = await this.#tokenizer.cut(prefixed);
    return cuts.map(({ length, tokens }, i) => ({ text: prefixed[i]?.slice(0, length) ?? "", tokens }));
  }
}
