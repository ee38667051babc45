import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Embedding, EmbeddingModel, TextKind } from "../embedding-model.js";
import type { WorkerOptions, WorkerRequest, WorkerResponse } from "./worker-protocol.js";

export interface LocalModelOptions extends WorkerOptions {
  readonly queryPrefix: string;
  readonly documentPrefix: string;
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
  return new LocalModel(worker, answer, { query: queryPrefix, document: documentPrefix });
}

type Answer = Extract<WorkerResponse, { type: "embedded" | "counted" }>;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
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

  constructor(
    worker: Worker,
    ready: Extract<WorkerResponse, { type: "ready" }>,
    prefixes: Readonly<Record<TextKind, string>>,
  ) {
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

  async embed(texts: readonly string[], kind: TextKind): Promise<Embedding[]> {
    const prefix = this.prefix(kind);
    const prefixed = texts.map((text) => prefix + text);
    const answer = await this.#ask("embed", prefixed);
    if (answer?.type !== "embedded") return [];
    const { dimensions } = this.identity;
    // Copies: a vector that somebody keeps must not keep all the others of its request.
    const vector = (i: number) => answer.vectors.slice(i * dimensions, (i + 1) * dimensions);
    return answer.tokens.map((tokens, i) => ({ vector: vector(i), tokens }));
  }

  async countTokens(texts: readonly string[]): Promise<number[]> {
    return (await this.#ask("count", texts))?.tokens ?? [];
  }

  /** Answers what was asked before, then ends the thread. */
  async close(): Promise<void> {
    if (!this.#failure) {
      this.#failure = new Error(`The model ${this.identity.name} is closed.`);
      this.#send({ type: "close" });
    }
    await this.#ended;
  }

  #ask(type: "embed" | "count", texts: readonly string[]): Promise<Answer | null> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (texts.length === 0) return Promise.resolve(null);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ type, id, texts });
    });
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
