import { status } from "@grpc/grpc-js";
import type { EmbeddingInput, EmbedRequest, EmbedResponse } from "@freshet/batch-client/batch-protocol";
import { indexNamed, type BatchIndex, type BatchIndexes, type DocumentEmbedder } from "./batch-index.js";
import { CallError } from "./call-error.js";
import type { CallStream } from "./call-stream.js";
import type { StreamRecord } from "./stream-record.js";
import { writeVector } from "@freshet/batch-client/vector-bytes";

type Texts = EmbedRequest["texts"];

/** Their vectors are one response. */
const MAX_TEXTS = 1000;

/** Answers `Embed`; see batch.proto. One request after the other: the model makes its own batches of each. */
export async function embedTexts(
  {
    requests,
    send,
    signal,
  }: CallStream<EmbedRequest, Partial<Pick<EmbedResponse, "model">> & { embeddings: EmbeddingInput[] }>,
  record: StreamRecord,
  indexes: BatchIndexes,
): Promise<void> {
  let index: BatchIndex | undefined;
  for await (const { index: name, texts } of requests) {
    const startedAt = performance.now();
    const isFirst = index === undefined;
    if (index !== undefined && name !== "" && name !== index.name) {
      throw new CallError(status.INVALID_ARGUMENT, `This stream is about the index ${index.name}, not ${name}.`);
    }
    index ??= indexNamed(indexes, name);
    if (texts.length > MAX_TEXTS) {
      throw new CallError(status.INVALID_ARGUMENT, `A request takes ${MAX_TEXTS} texts, and this has ${texts.length}.`);
    }
    if (isFirst) record.started(index.name);
    const embeddings = await embedded(texts, index.embedder, signal);
    await send({ embeddings, ...(isFirst ? { model: index.embedder.model.identity } : {}) });
    const refused = embeddings.filter(({ refused }) => refused !== undefined).length;
    record.chunk({
      rows: { embedded: embeddings.length - refused, refused },
      bytes: bytesOf(texts, embeddings),
      ms: performance.now() - startedAt,
    });
  }
}

async function embedded(texts: Texts, embedder: DocumentEmbedder, signal: AbortSignal): Promise<EmbeddingInput[]> {
  const written = texts.filter(({ text }) => text.trim() !== "");
  const results =
    written.length === 0
      ? []
      : await embedder.embed(
          written.map(({ text }) => text),
          { signal },
        );
  const byText = new Map(written.map((text, place) => [text, results[place]]));
  return texts.map((text) => {
    const { id } = text;
    const result = byText.get(text);
    if (result === undefined) return { id, refused: "The text is empty." };
    if (result instanceof Error) return { id, refused: result.message || "The model refuses it." };
    return { id, vector: writeVector(result.vector), tokens: result.tokens };
  });
}

function bytesOf(texts: Texts, embeddings: readonly EmbeddingInput[]): number {
  const ofTexts = texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return embeddings.reduce((sum, { vector }) => sum + (vector?.length ?? 0), ofTexts);
}
