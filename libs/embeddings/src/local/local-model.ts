import {
  TextsRefusedError,
  type Embedding,
  type EmbeddingModel,
  type EmbedOptions,
  type TextKind,
} from "../embedding-model.js";
import { WorkerCalls } from "../thread/worker-calls.js";
import type { WorkerAnswer, WorkerOptions, WorkerReady, WorkerRequest } from "./worker-protocol.js";

export interface LocalModelOptions extends WorkerOptions {
  /** The model's own where it is left out: what its files say, or else its family by its name. */
  readonly queryPrefix?: string | undefined;
  readonly documentPrefix?: string | undefined;
}

/** A worker runs compiled code only, also when this file itself is run from its source. */
const WORKER = new URL("../../dist/local/worker.js", import.meta.url);

type Calls = WorkerCalls<WorkerReady, WorkerRequest, WorkerAnswer>;
type Embedded = Extract<WorkerAnswer, { type: "embedded" }>;

/**
 * An ONNX model on this machine's processor, in a thread of its own, so that heartbeats never wait for a matrix.
 *
 * @throws {Error} one sentence, when the model's files are missing, can't be downloaded or are broken.
 */
export async function openLocalModel({
  queryPrefix,
  documentPrefix,
  ...options
}: LocalModelOptions): Promise<EmbeddingModel> {
  const calls: Calls = await WorkerCalls.open({ url: WORKER, options, subject: `The model ${options.name}` });
  const { query, document } = calls.ready.prefixes;
  return new LocalModel(calls, { query: queryPrefix ?? query, document: documentPrefix ?? document });
}

class LocalModel implements EmbeddingModel {
  readonly #calls: Calls;
  readonly #prefixes: Readonly<Record<TextKind, string>>;

  constructor(calls: Calls, prefixes: Readonly<Record<TextKind, string>>) {
    this.#calls = calls;
    this.#prefixes = prefixes;
  }

  get identity(): EmbeddingModel["identity"] {
    return this.#calls.ready.identity;
  }

  get maxTokens(): number {
    return this.#calls.ready.maxTokens;
  }

  prefix(kind: TextKind): string {
    return this.#prefixes[kind];
  }

  async embed(texts: readonly string[], kind: TextKind, options: EmbedOptions = {}): Promise<Embedding[]> {
    const prefix = this.prefix(kind);
    const prefixed = texts.map((text) => prefix + text);
    const answer = await this.#calls.ask({ type: "embed", texts: prefixed }, options);
    if (answer.type !== "embedded") return [];
    const embeddings = answer.tokens.map((tokens, place) => this.#embedding(answer, place, tokens));
    const whole = embeddings.filter((embedding) => embedding !== null);
    if (whole.length === embeddings.length) return whole;
    const failures = [...answer.failures].map(([place, message]) => [place, new Error(message)] as const);
    throw new TextsRefusedError(new Map(failures), embeddings);
  }

  async countTokens(texts: readonly string[]): Promise<number[]> {
    return [...(await this.#calls.ask({ type: "count", texts })).tokens];
  }

  close(): Promise<void> {
    return this.#calls.close();
  }

  #embedding({ vectors, failures }: Embedded, place: number, tokens: number): Embedding | null {
    if (failures.has(place)) return null;
    const { dimensions } = this.identity;
    // A copy: a vector that somebody keeps must not keep all the others of its request.
    return { vector: vectors.slice(place * dimensions, (place + 1) * dimensions), tokens };
  }
}
