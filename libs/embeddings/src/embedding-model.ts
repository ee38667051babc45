/** Queries and documents may carry different prefixes. */
export type TextKind = "document" | "query";

/** What a text became. */
export interface Embedding {
  /** Of length 1. */
  readonly vector: Float32Array;
  /** What it cost, in the model's tokens, prefix included; of a remote model its share of what was billed. */
  readonly tokens: number;
}

export interface EmbedOptions {
  /** Ends the waiting for an answer. */
  readonly signal?: AbortSignal;
  /**
   * Until it is aborted a model in this process answers others between its inferences. Servers are asked in the order in
   * which it comes.
   */
  readonly canWaitUntil?: AbortSignal;
}

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
  /** Longest input in the model's own tokens, its special tokens included; longer texts are cut there. */
  readonly maxTokens: number;
  /** What is put before a text of this kind; empty for none. */
  prefix(kind: TextKind): string;
  /**
   * One embedding for each text, in order.
   *
   * @throws {ModelUnavailableError} when it may work later. @throws {TextsRefusedError} when some texts never will.
   * Anything else is a defect or a wrong configuration.
   */
  embed(texts: readonly string[], kind: TextKind, options?: EmbedOptions): Promise<Embedding[]>;
  /**
   * How many of its own tokens each text has, without prefix and special tokens; what is cut doesn't count less.
   *
   * @throws {ModelUnavailableError} when it may work later.
   */
  countTokens(texts: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

/** Passing trouble of a model: the caller tries again later. What was embedded before is paid for, so it comes along. */
export class ModelUnavailableError extends Error {
  override readonly name = "ModelUnavailableError";
  /** One for each text, in order, null for those that are to be asked again; empty when nothing was embedded. */
  readonly embeddings: readonly (Embedding | null)[];

  constructor(message: string, options?: ErrorOptions & { readonly embeddings?: readonly (Embedding | null)[] }) {
    super(message, options);
    this.embeddings = options?.embeddings ?? [];
  }
}

/** Some texts can never be embedded. What the others became is paid for, so it comes along. */
export class TextsRefusedError extends Error {
  override readonly name = "TextsRefusedError";
  /** Why, by place. */
  readonly failures: ReadonlyMap<number, Error>;
  /** One for each text, in order; null for those that are refused. */
  readonly embeddings: readonly (Embedding | null)[];

  constructor(failures: ReadonlyMap<number, Error>, embeddings: readonly (Embedding | null)[]) {
    const [first] = failures.values();
    super(`${failures.size} of ${embeddings.length} texts are refused: ${first?.message ?? "for no reason"}`);
    this.failures = failures;
    this.embeddings = embeddings;
  }
}
