import type { EmbedResponse } from "../generated/tei/v1/EmbedResponse.js";
import {
  type Embedding,
  type EmbeddingModel,
  type EmbedOptions,
  ModelUnavailableError,
  type TextKind,
} from "../embedding-model.js";
import { ModelMisconfiguredError, RequestRefusedError, WrongVectorsError } from "../remote/errors.js";
import { sendHalving } from "../remote/halving.js";
import { LinkedAbort } from "../remote/linked-abort.js";
import { type Outcome, settle } from "../remote/outcome.js";
import type { Patience } from "../remote/request-policy.js";
import { unitVector } from "../remote/unit-vector.js";
import type { TeiModelOptions } from "./options.js";
import { TeiSession } from "./tei-session.js";
import { pieces, sendable } from "./text-cut.js";

/**
 * A model behind Text Embeddings Inference, over its streaming gRPC calls.
 *
 * @throws {ModelUnavailableError} when the server can't be reached or doesn't answer.
 * @throws {ModelMisconfiguredError} when it has another model, refuses the key, or can't shorten its vectors so.
 */
export async function openTeiModel(options: TeiModelOptions, patience: Patience = {}): Promise<EmbeddingModel> {
  // The waits between attempts don't keep a process running, and nothing else may do so yet.
  const running = setInterval(() => {}, 60_000);
  try {
    const session = await TeiSession.open(options, patience);
    return await openOver(session, options);
  } finally {
    clearInterval(running);
  }
}

async function openOver(session: TeiSession, options: TeiModelOptions): Promise<EmbeddingModel> {
  try {
    return new TeiModel(session, await probeDimensions(session, options), options);
  } catch (error) {
    session.close();
    throw error;
  }
}

class TeiModel implements EmbeddingModel {
  readonly identity: EmbeddingModel["identity"];
  readonly maxTokens: number;
  readonly #session: TeiSession;
  readonly #options: TeiModelOptions;
  readonly #closed = new AbortController();

  constructor(session: TeiSession, dimensions: number, options: TeiModelOptions) {
    const { name, revision, dtype, maxTokens } = session.served;
    this.identity = { name, revision, dtype, dimensions };
    this.maxTokens = maxTokens;
    this.#session = session;
    this.#options = options;
  }

  prefix(kind: TextKind): string {
    return kind === "query" ? this.#options.queryPrefix : this.#options.documentPrefix;
  }

  embed(texts: readonly string[], kind: TextKind, options: EmbedOptions = {}): Promise<Embedding[]> {
    const sent = texts.map((text) => sendable(this.prefix(kind) + text, this.maxTokens));
    return this.#untilClosed(options.signal, (signal) => this.#embedAll(sent, signal));
  }

  async countTokens(texts: readonly string[]): Promise<number[]> {
    const cut = texts.map((text) => pieces(text, this.maxTokens));
    const { results, failure } = await this.#untilClosed(undefined, (signal) =>
      this.#session.countTokens(cut.flat(), signal),
    );
    if (failure) throw failure;
    let next = 0;
    return cut.map(({ length }) => {
      const counts = results.slice(next, next + length);
      next += length;
      return counts.reduce((sum, count) => sum + count, 0);
    });
  }

  /** Ends the calls under way. */
  close(): Promise<void> {
    this.#closed.abort(new Error(`The model ${this.identity.name} is closed.`));
    this.#session.close();
    return Promise.resolve();
  }

  /** A signal of each call's own, since each listens in several places. */
  async #untilClosed<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const linked = new LinkedAbort([this.#closed.signal, signal]);
    try {
      linked.signal.throwIfAborted();
      return await work(linked.signal);
    } finally {
      linked.dispose();
    }
  }

  async #embedAll(sent: readonly string[], signal: AbortSignal): Promise<Embedding[]> {
    const outcomes: Outcome[] = [];
    while (outcomes.length < sent.length) {
      const { results, failure } = await this.#embed(sent.slice(outcomes.length), signal);
      for (const embedding of results) outcomes.push(embedding);
      const [text, ...rest] = sent.slice(outcomes.length);
      if (!failure || text === undefined) break;
      const outcome = isDoubtful(failure) ? await this.#tryAlone(text, signal) : failure;
      outcomes.push(outcome);
      if (outcome instanceof Error && !(outcome instanceof RequestRefusedError)) {
        for (let unsent = rest.length; unsent > 0; unsent -= 1) outcomes.push(outcome);
      }
    }
    return settle(outcomes);
  }

  #embed(texts: readonly string[], signal: AbortSignal) {
    const read = ({ embeddings, metadata }: EmbedResponse): Embedding => ({
      vector: unitVector(Float32Array.from(embeddings), this.identity),
      tokens: metadata?.computeTokens ?? 0,
    });
    return this.#session.embed(texts, read, signal);
  }

  /** Whether a failure was the text's, its company's or the server's. */
  async #tryAlone(text: string, signal: AbortSignal): Promise<Outcome> {
    const [outcome] = await sendHalving([{ text, tokens: 0 }], async (part) => {
      const texts = part.map(({ text }) => text);
      const { results, failure } = await this.#embed(texts, signal);
      if (failure) throw failure;
      return [...results];
    });
    return outcome ?? new Error("A text that was tried alone has no outcome.");
  }
}

function isDoubtful(failure: Error): boolean {
  return failure instanceof RequestRefusedError || failure instanceof WrongVectorsError;
}

async function probeDimensions(session: TeiSession, options: TeiModelOptions): Promise<number> {
  const { dimensions: wanted, signal = new AbortController().signal } = options;
  const { results, failure } = await session.embed(["fresh"], ({ embeddings }) => embeddings.length, signal);
  if (failure instanceof RequestRefusedError) {
    throw new ModelMisconfiguredError(`${failure.message} Check the model's settings.`, { cause: failure });
  }
  if (failure instanceof WrongVectorsError) throw new ModelUnavailableError(failure.message, { cause: failure });
  if (failure) throw failure;
  const given = results[0] ?? 0;
  if (given === 0 || (wanted !== undefined && given !== wanted)) {
    throw new ModelMisconfiguredError(
      `The server gives vectors of ${given} dimensions, and ${wanted ?? "some"} are wanted: leave dimensions out, ` +
        "or have a server that shortens vectors.",
    );
  }
  return given;
}
