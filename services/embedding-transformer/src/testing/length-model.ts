import {
  type Embedding,
  type EmbeddingModel,
  ModelUnavailableError,
  TextsRefusedError,
} from "@freshet/embeddings/embedding-model";

/** Counts letters: what the pipeline does with vectors is the same for each of them. */
export class LengthModel implements EmbeddingModel {
  readonly identity = { name: "length", revision: "1", dtype: "fp32", dimensions: 1 };
  readonly maxTokens = 512;
  readonly batches: (readonly string[])[] = [];
  failures = 0;
  prefix = () => "";
  close = () => Promise.resolve();

  /** A word is a token. */
  countTokens(texts: readonly string[]): Promise<number[]> {
    return Promise.resolve(texts.map((text) => text.match(/\S+/g)?.length ?? 0));
  }

  embed(texts: readonly string[]): Promise<Embedding[]> {
    if (this.failures-- > 0) return Promise.reject(new ModelUnavailableError("the model is away"));
    const embeddings = texts.map((text) => {
      return text.includes("unspeakable") ? null : { vector: Float32Array.of(text.length), tokens: text.length };
    });
    const accepted = embeddings.filter((embedding) => embedding !== null);
    this.batches.push(texts);
    if (accepted.length === texts.length) return Promise.resolve(accepted);
    const refused = texts.flatMap((text, place) => (text.includes("unspeakable") ? [place] : []));
    const failures = new Map(refused.map((place) => [place, new Error("the model refuses the text")]));
    return Promise.reject(new TextsRefusedError(failures, embeddings));
  }
}
