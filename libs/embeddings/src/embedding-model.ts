/** Queries and documents may carry different prefixes. */
export type TextKind = "document" | "query";

/** What turns texts into vectors. Implementations are safe to call concurrently. */
export interface EmbeddingModel {
  /** Recorded in each message; two identities never share a collection. */
  readonly identity: {
    readonly name: string;
    /** sha256 of the model file, or the hub's revision. */
    readonly revision: string;
    readonly dtype: string;
    readonly dimensions: number;
  };
  /** Longest input in the model's own tokens; longer texts are cut there. */
  readonly maxTokens: number;
  /** What is put before a text of this kind; empty for none. */
  prefix(kind: TextKind): string;
  /**
   * One normalised vector for each text, in order.
   *
   * @throws {ModelUnavailableError} when it may work later. Anything else is a defect or a wrong configuration.
   */
  embed(texts: readonly string[], kind: TextKind): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Passing trouble of a remote provider: the caller tries again later. */
export class ModelUnavailableError extends Error {
  override readonly name = "ModelUnavailableError";
}
