import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import { findModelFiles } from "./model-files.js";
import { messageOf, OnnxEmbedder } from "./onnx-embedder.js";
import type { WorkerOptions, WorkerRequest, WorkerResponse } from "./worker-protocol.js";

const port = parent();

function parent(): MessagePort {
  if (parentPort === null) throw new Error("this file is the entry of a worker thread");
  return parentPort;
}

function answer(response: WorkerResponse): void {
  port.postMessage(response, response.type === "embedded" ? [response.vectors.buffer as ArrayBuffer] : []);
}

/** Answers one request after the other: an inference takes all the threads it may have. */
class Requests {
  readonly #embedder: OnnxEmbedder;
  /** Those that wait or are worked at. */
  readonly #open = new Map<number, AbortController>();
  #last = Promise.resolve();

  constructor(embedder: OnnxEmbedder) {
    this.#embedder = embedder;
  }

  add(request: WorkerRequest): void {
    if (request.type === "forget") {
      this.#open.get(request.id)?.abort();
    } else if (request.type === "close") {
      this.#last = this.#last.then(() => this.#close());
    } else {
      const controller = new AbortController();
      this.#open.set(request.id, controller);
      this.#last = this.#last.then(() => this.#handle(request, controller.signal));
    }
  }

  async #handle(
    { type, id, texts }: Extract<WorkerRequest, { type: "embed" | "count" }>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      signal.throwIfAborted();
      answer(
        type === "embed"
          ? { type: "embedded", id, ...(await this.#embedder.embed(texts, signal)) }
          : { type: "counted", id, tokens: this.#embedder.countTokens(texts) },
      );
    } catch (error) {
      if (!signal.aborted) answer({ type: "failed", id, message: messageOf(error) });
    } finally {
      this.#open.delete(id);
    }
  }

  async #close(): Promise<void> {
    await this.#embedder.close();
    port.close();
  }
}

const { threads, ...location } = workerData as WorkerOptions;
try {
  const files = await findModelFiles(location);
  const requests = new Requests(await OnnxEmbedder.open(files, threads));
  port.on("message", (request: WorkerRequest) => requests.add(request));
  const { revision, dimensions, maxTokens, prefixes } = files;
  const { name, dtype } = location;
  answer({ type: "ready", identity: { name, revision, dtype, dimensions }, maxTokens, prefixes });
} catch (error) {
  answer({ type: "unusable", message: messageOf(error) });
}
