import type { ChunkingRules } from "@freshet/embeddings/chunking/chunk-texts";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import type { IndexConfiguration } from "@freshet/process/configuration";
import { FatalError } from "@freshet/streaming/errors";

/** Of the topic's largest message; the rest is for the payload and what the estimate below misses. */
const ROW_BYTES = 3 * 1024 * 1024;
/** Of text, as JSON in UTF-8: English has 4 to 5. */
const BYTES_PER_TOKEN = 6;
/** A chunk's hash, names and punctuation. */
const CHUNK_BYTES = 200;

/**
 * How an index's texts are cut; null when its model is to cut them.
 *
 * @throws {FatalError} when the model doesn't take chunks as large as the configuration wants them.
 */
export function chunkingRules(
  index: string,
  chunking: IndexConfiguration["chunking"],
  model: Pick<EmbeddingModel, "identity" | "maxTokens" | "prefix">,
): ChunkingRules | null {
  if (chunking === false) return null;
  const { maxTokens = model.maxTokens, overlap = Math.floor(maxTokens / 10), maxChunks } = chunking ?? {};
  if (maxTokens > model.maxTokens) {
    throw new FatalError(
      `The index ${index} wants chunks of ${maxTokens} tokens, but ${model.identity.name} takes up to ` +
        `${model.maxTokens}: lower chunking.maxTokens, or leave it out.`,
    );
  }
  if (2 * overlap >= maxTokens) {
    throw new FatalError(
      `The index ${index} wants chunks of ${maxTokens} tokens to overlap by ${overlap}: ` +
        `lower chunking.overlap to less than half.`,
    );
  }
  const vectorBytes = (model.identity.dimensions * 4 * 4) / 3;
  const most = Math.floor(ROW_BYTES / (vectorBytes + maxTokens * BYTES_PER_TOKEN + CHUNK_BYTES));
  return { maxTokens, overlap, prefix: model.prefix("document"), maxChunks: maxChunks ?? Math.max(1, most) };
}
