import { parentPort, workerData, type MessagePort } from "node:worker_threads";
import type { Embedding } from "../embedding-model.js";
import { findModelFiles } from "./model-files.js";
import { OnnxEmbedder } from "./onnx-embedder.js";
import type { WorkerOptions, WorkerRequest, WorkerResponse } from "./worker-protocol.js";

const port = parent();

function parent(): MessagePort {
  if (parentPort === null) throw new Error("this file is the entry of a worker thread");
  return parentPort;
}

function answer(response: WorkerResponse): void {
  port.postMessage(response, response.type === "embedded" ? [response.vectors.buffer as ArrayBuffer] : []);
}

async function handle(embedder: OnnxEmbedder, request: WorkerRequest): Promise<void> {
  if (request.type === "close") {
    await embedder.close();
    port.close();
    return;
  }
  const { id, texts } = request;
  try {
    answer(
      request.type === "embed"
        ? embedded(id, await embedder.embed(texts))
        : { type: "counted", id, tokens: embedder.countTokens(texts) },
    );
  } catch (error) {
    answer({ type: "failed", id, message: messageOf(error) });
  }
}

function embedded(id: number, embeddings: readonly Embedding[]): WorkerResponse {
  const dimensions = embeddings[0]?.vector.length ?? 0;
  const vectors = new Float32Array(embeddings.length * dimensions);
  embeddings.forEach(({ vector }, i) => vectors.set(vector, i * dimensions));
  return { type: "embedded", id, vectors, tokens: embeddings.map(({ tokens }) => tokens) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const { threads, ...location } = workerData as WorkerOptions;
try {
  const files = await findModelFiles(location);
  const embedder = await OnnxEmbedder.open(files, threads);
  // One request after the other: an inference takes all the threads it may have.
  let last = Promise.resolve();
  port.on("message", (request: WorkerRequest) => {
    last = last.then(() => handle(embedder, request));
  });
  const { revision, dimensions, maxTokens } = files;
  const { name, dtype } = location;
  answer({ type: "ready", identity: { name, revision, dtype, dimensions }, maxTokens });
} catch (error) {
  answer({ type: "unusable", message: messageOf(error) });
}
