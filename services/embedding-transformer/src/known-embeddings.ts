import type { Embedding, EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { decodeEmbeddedMessage, sameModel, type Chunk } from "@freshet/schemas/embedded-document";
import { isFiniteVector } from "@freshet/schemas/finite-vector";
import { textHash } from "@freshet/schemas/text-hash";

type Model = Pick<EmbeddingModel, "identity" | "prefix">;

/**
 * What a message of an index's topic says about texts of this model, by text hash. Of what isn't a document, or of
 * another model, or whose vector can't be its own: nothing.
 */
export function knownEmbeddings(value: Buffer, model: Model): Map<string, Embedding> {
  const known = new Map<string, Embedding>();
  const message = decoded(value);
  if (message?.op !== "upsert" || !sameModel(model.identity, message.model)) return known;
  for (const chunk of message.chunks) {
    if (isOf(model, chunk)) known.set(chunk.textHash, { vector: chunk.vector, tokens: chunk.tokens ?? 0 });
  }
  return known;
}

function decoded(value: Buffer) {
  try {
    return decodeEmbeddedMessage({ value: value.toString("utf8"), headers: {} });
  } catch {
    return null;
  }
}

/** The hash is worked out again: another prefix makes another text, and a wrong hash would make wrong vectors. */
function isOf(model: Model, chunk: Chunk): boolean {
  const { identity } = model;
  return (
    chunk.vector.length === identity.dimensions &&
    isFiniteVector(chunk.vector) &&
    chunk.textHash === textHash(identity, model.prefix("document"), chunk.text)
  );
}
