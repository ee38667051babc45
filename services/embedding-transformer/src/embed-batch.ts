import { chunkTexts, type ChunkingRules } from "@freshet/embeddings/chunking/chunk-texts";
import { ModelUnavailableError } from "@freshet/embeddings/embedding-model";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { BatchItemsError, RetriableError } from "@freshet/streaming/errors";
import type { Document, Outcome } from "./document.js";
import { toUpsert, type EmbeddedChunk } from "./embedded.js";
import { findSuperseded } from "./superseded.js";
import type { TextEmbedder } from "./text-embedder.js";
import type { Keyed } from "./topics.js";

export interface BatchEmbedding {
  readonly embedder: TextEmbedder;
  /** Null when the model is to cut what is too long for it. */
  readonly chunking: ChunkingRules | null;
  readonly signal?: AbortSignal;
}

/**
 * One result for each message, in order; null for a document that a later one of the batch replaces. All chunks of all
 * documents go to the model together.
 *
 * @throws {BatchItemsError} names the documents that can't be cut or embedded, ever.
 * @throws {RetriableError} when the model may work later. @throws {FatalError} when it won't.
 */
export async function embedBatch(
  batch: readonly Keyed<Outcome>[],
  options: BatchEmbedding,
): Promise<(Keyed<EmbeddedMessage> | null)[]> {
  const superseded = findSuperseded(batch);
  const documents = new Map<number, Document>();
  batch.forEach(({ value }, place) => {
    if (value.op === "document" && value.text !== "" && !superseded.has(place)) documents.set(place, value);
  });
  const embedded = await embedChunks(await cutDocuments(documents, options), options);
  const { identity } = options.embedder.model;
  return batch.map(({ key, value }, place) => {
    if (superseded.has(place)) return null;
    return { key, value: value.op === "document" ? toUpsert(value, identity, embedded.get(place) ?? []) : value };
  });
}

/** Each document's chunks, by its place in the batch. */
async function cutDocuments(
  documents: ReadonlyMap<number, Document>,
  { embedder, chunking }: BatchEmbedding,
): Promise<Map<number, readonly string[]>> {
  const texts = [...documents.values()].map(({ text }) => text);
  const cut = chunking === null ? texts.map((text) => [text]) : await chunkRetriably(texts, embedder, chunking);
  return withoutFailures<readonly string[]>([...documents.keys()].map((place, i) => [place, cut[i] ?? []]));
}

async function chunkRetriably(texts: readonly string[], { model }: TextEmbedder, rules: ChunkingRules) {
  try {
    return await chunkTexts(texts, model, rules);
  } catch (error) {
    if (error instanceof ModelUnavailableError) throw new RetriableError(error.message, { cause: error });
    throw error;
  }
}

async function embedChunks(
  chunks: ReadonlyMap<number, readonly string[]>,
  { embedder, signal }: BatchEmbedding,
): Promise<Map<number, readonly EmbeddedChunk[]>> {
  const results = await embedder.embed([...chunks.values()].flat(), signal === undefined ? {} : { signal });
  let next = 0;
  return withoutFailures(
    [...chunks].map(([place, texts]): [number, readonly EmbeddedChunk[] | Error] => {
      const embedded: EmbeddedChunk[] = [];
      let refused: Error | undefined;
      for (const text of texts) {
        const result = results[next++];
        if (result instanceof Error) refused ??= result;
        else if (result !== undefined) embedded.push({ text, ...result });
      }
      return [place, refused ?? embedded];
    }),
  );
}

/** @throws {BatchItemsError} */
function withoutFailures<T extends object>(results: readonly (readonly [place: number, T | Error])[]): Map<number, T> {
  const succeeded = new Map<number, T>();
  const failures = new Map<number, Error>();
  for (const [place, result] of results) {
    if (result instanceof Error) failures.set(place, result);
    else succeeded.set(place, result);
  }
  if (failures.size > 0) throw new BatchItemsError(failures);
  return succeeded;
}
