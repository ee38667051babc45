import { status } from "@grpc/grpc-js";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { CallError } from "./call-error.js";

/** Texts as the index's documents: by its model, and from the same cache. */
export interface DocumentEmbedder {
  readonly model: Pick<EmbeddingModel, "identity" | "prefix">;
  /**
   * One result for each text, in order; an error for a text that can never be embedded.
   *
   * @throws {RetriableError} when the model may work later. @throws {FatalError} when it won't.
   */
  embed(
    texts: readonly string[],
    options: { readonly signal: AbortSignal },
  ): Promise<readonly ({ readonly vector: Float32Array; readonly tokens: number } | Error)[]>;
}

/** What batch calls need to know of an index. */
export interface BatchIndex {
  readonly name: string;
  /** Its embedded documents. */
  readonly topic: string;
  /** What rows that the topic hasn't got are said to come from: `schema.table`. */
  readonly table: string;
  readonly embedder: DocumentEmbedder;
}

/** The configured ones as they are now; null for one that doesn't run yet. */
export type BatchIndexes = ReadonlyMap<string, BatchIndex | null>;

/** @throws {CallError} NOT_FOUND. @throws {CallError} UNAVAILABLE: it will run. */
export function indexNamed(indexes: BatchIndexes, name: string): BatchIndex {
  const index = indexes.get(name);
  if (index) return index;
  if (index === null) throw new CallError(status.UNAVAILABLE, `The index ${name} is being prepared; call again.`);
  const known = [...indexes.keys()].join(", ");
  throw new CallError(status.NOT_FOUND, `There is no index "${name}"; there are: ${known}.`);
}
