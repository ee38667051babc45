import { once } from "node:events";
import { Worker } from "node:worker_threads";
import {
  TextsRefusedError,
  type Embedding,
  type EmbeddingModel,
  type EmbedOptions,
  type TextKind,
} from "../embedding-model.js";
import type { ReadyResponse, WorkerOptions, WorkerRequest, WorkerResponse } from "./worker-protocol.js";

export interface LocalModelOptions extends WorkerOptions {
  /** The model's own where it is left out: what its files say, or else its family by its name. */
  readonly queryPrefix?: string | undefined;
  readonly documentPrefix?: string | undefined;
}

/** A worker runs compiled code only, also when this file itself is run from its source. */
const WORKER = new URL("../../dist/local/worker.js", import.meta.url);

/**
 * An ONNX model on this machine's processor, in a thread of its own, so that heartbeats never wait for a matrix.
 *
 * @throws {Error} one sentence, when the model's files are missing, can't be downloaded or are broken.
 */
export async function openLocalModel(options: LocalModelOptions): Promise<EmbeddingModel> {
  const { queryPrefix, documentPrefix, ...workerData } = options;
  const worker = new Worker(WORKER, { workerData });
  const [answer] = (await Promise.race([once(worker, "message"), once(worker, "exit")])) as [WorkerResponse | number];
  if (typeof answer === "number") throw new Error(`The thread of the model ${options.name} ended with code ${answer}.`);
  if (answer.type === "unusable") throw new Error(answer.message);
  if (answer.type !== "ready") throw new Error(`The thread of the model ${options.name} began with ${answer.type}.`);
  const { query, document } = answer.prefixes;
  return new LocalModel(worker, answer, { query: queryPrefix ?? query, document: documentPrefix ?? document });
}

type Embedded = Extract<WorkerResponse, { type: "embedded" }>;
type Counted = Extract<WorkerResponse, { type: "counted" }>;

interface Pending {
  readonly resolve: (answer: Embedded | Counted) => void;
  readonly reject: (reason: unknown) => void;
}

class LocalModel implements EmbeddingModel {
  readonly identity: EmbeddingModel["identity"];
  readonly maxTokens: number;
  readonly #worker: Worker;
  readonly #prefixes: Readonly<Record<TextKind, string>>;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  /** Why no more texts are taken. */
  #failure: Error | undefined;
  #lastId = 0;

  constructor(worker: Worker, ready: ReadyResponse, prefixes: Readonly<Record<TextKind, string>>) {
    this.identity = ready.identity;
    this.maxTokens = ready.maxTokens;
    this.#worker = worker;
    this.#prefixes = prefixes;
    worker.on("message", (response: WorkerResponse) => this.#settle(response));
    worker.on("error", (error) => this.#fail(error.message));
    this.#ended = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#fail(`its thread ended with code ${code}`);
        resolve();
      });
    });
  }

  prefix(kind: TextKind): string {
    return this.#prefixes[kind];
  }

  async embed(texts: readonly string[], kind: TextKind, { signal }: EmbedOptions = {}): Promise<Embedding[]> {
    const prefix = this.prefix(kind);
    const prefixed = texts.map((text) => prefix + text);
    const answer = await this.#ask("embed", prefixed, signal);
    if (answer?.type !== "embedded") return [];
    const embeddings = answer.tokens.map((tokens, place) => this.#embedding(answer, place, tokens));
    const whole = embeddings.filter((embedding) => embedding !== null);
    if (whole.length === embeddings.length) return whole;
    const failures = [...answer.failures].map(([place, message]) => [place, new Error(message)] as const);
    throw new TextsRefusedError(new Map(failures), embeddings);
  }

  async countTokens(texts: readonly string[]): Promise<number[]> {
    return [...((await this.#ask("count", texts))?.tokens ?? [])];
  }

  /** Answers what was asked before, then ends the thread. */
  async close(): Promise<void> {
    if (!this.#failure) {
      this.#failure = new Error(`The model ${this.identity.name} is closed.`);
      this.#send({ type: "close" });
    }
    await this.#ended;
  }

  #embedding({ vectors, failures }: Embedded, place: number, tokens: number): Embedding | null {
    if (failures.has(place)) return null;
    const { dimensions } = this.identity;
    // A copy: a vector that somebody keeps must not keep all the others of its request.
    return { vector: vectors.slice(place * dimensions, (place + 1) * dimensions), tokens };
  }

  async #ask(
    type: "embed" | "count",
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<Embedded | Counted | null> {
    if (this.#failure) throw this.#failure;
    signal?.throwIfAborted();
    if (texts.length === 0) return null;
    const id = ++this.#lastId;
    const answered = new Promise<Embedded | Counted>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send({ type, id, texts });
    const forget = () => {
      this.#pending.get(id)?.reject(signal?.reason);
      this.#pending.delete(id);
      this.#send({ type: "forget", id });
    };
    signal?.addEventListener("abort", forget);
    return answered.finally(() => signal?.removeEventListener("abort", forget));
  }

  #send(request: WorkerRequest): void {
    this.#worker.postMessage(request);
  }

  #settle(response: WorkerResponse): void {
    if (!("id" in response)) return;
    const pending = this.#pending.get(response.id);
    this.#pending.delete(response.id);
    if (response.type === "failed") {
      pending?.reject(new Error(`The model ${this.identity.name} failed: ${response.message}`));
    } else {
      pending?.resolve(response);
    }
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(`The model ${this.identity.name} stopped working: ${reason}.`);
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }
}
