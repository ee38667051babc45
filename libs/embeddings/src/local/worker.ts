import { workerData } from "node:worker_threads";
import { runWorker } from "../thread/run-worker.js";
import { atOnce } from "../thread/worker-service.js";
import { findModelFiles } from "./model-files.js";
import { OnnxEmbedder } from "./onnx-embedder.js";
import type { WorkerAnswer, WorkerOptions, WorkerReady, WorkerRequest } from "./worker-protocol.js";

const { threads, ...location } = workerData as WorkerOptions;

await runWorker<WorkerReady, WorkerRequest, WorkerAnswer>(async () => {
  const files = await findModelFiles(location);
  const embedder = await OnnxEmbedder.open(files, threads);
  const { revision, dimensions, maxTokens, prefixes } = files;
  const { name, dtype } = location;
  return {
    ready: { identity: { name, revision, dtype, dimensions }, maxTokens, prefixes },
    answer: ({ type, texts }) =>
      type === "embed"
        ? embedded(embedder, texts)
        : atOnce(() => ({ type: "counted", tokens: embedder.countTokens(texts) })),
    transferred: (answer) => (answer.type === "embedded" ? [answer.vectors.buffer] : []),
    close: () => embedder.close(),
  };
});

async function* embedded(embedder: OnnxEmbedder, texts: readonly string[]): AsyncGenerator<void, WorkerAnswer, void> {
  return { type: "embedded", ...(yield* embedder.embed(texts)) };
}
