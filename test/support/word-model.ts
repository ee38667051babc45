import { createHash } from "node:crypto";
import type { Embedding, EmbeddingModel } from "@freshet/embeddings/embedding-model";

/** What precedes a query and a document on their way to the model, so that a server can tell one from the other. */
export const QUERY_PREFIX = "query: ";
export const DOCUMENT_PREFIX = "document: ";

/** As near as texts have words in common; it costs nothing, and its dimensions tell it from another one of its kind. */
export class WordModel implements EmbeddingModel {
  readonly identity;
  readonly maxTokens = 512;

  constructor(dimensions: number) {
    this.identity = { name: "words", revision: "1", dtype: "fp32", dimensions };
  }

  prefix(): string {
    return "";
  }

  embed(texts: readonly string[]): Promise<Embedding[]> {
    return Promise.resolve(texts.map((text) => ({ vector: this.#vectorOf(text), tokens: wordsOf(text).length })));
  }

  countTokens(texts: readonly string[]): Promise<number[]> {
    return Promise.resolve(texts.map((text) => wordsOf(text).length));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #vectorOf(text: string): Float32Array {
    const vector = new Float32Array(this.identity.dimensions);
    for (const word of wordsOf(text)) {
      const hash = createHash("sha256").update(word).digest();
      for (let at = 0; at < 16; at += 4) {
        const place = hash.readUInt16LE(at) % vector.length;
        vector[place] = (vector[place] ?? 0) + (hash[at + 2] ?? 0) / 128 - 1;
      }
    }
    const length = Math.hypot(...vector) || 1;
    return vector.map((value) => value / length);
  }
}

function wordsOf(text: string): string[] {
  const words = text.replace(/^(query|document): /, "").match(/[\p{L}\p{N}]+/gu);
  return words ?? [];
}
