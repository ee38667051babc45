import { parentPort, workerData, type MessagePort } from "node:worker_threads";
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
  switch (request.type) {
    case "embed": {
      const { id, texts } = request;
      try {
        answer({ type: "embedded", id, vectors: concatenate(await embedder.embed(texts)) });
      } catch (error) {
        answer({ type: "failed", id, message: messageOf(error) });
      }
      return;
    }
    case "close":
      await embedder.close();
      port.close();
      return;
    default:
      request satisfies never;
  }
}

function concatenate(vectors: readonly Float32Array[]): Float32Array {
  const dimensions = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, i) => all.set(vector, i * dimensions));
  return all;
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
