import { planBatches } from "./batch-plan.js";
import { Inference } from "./inference.js";
import type { ModelFiles } from "./model-files.js";
import { openTokenizer, type Tokenizer } from "./tokenizer.js";
import { toError } from "../to-error.js";

/**
 * Beyond 512 tokens a batch leaves the processor's caches and each token costs more, not less; and one more inference
 * costs about as much as 24 tokens.
 */
export const BATCH_LIMITS = { maxTokens: 512, callCost: 24 } as const;
/** Of texts that are tokenized in one step, in UTF-16 units: about as long as an inference. */
const ROUND_LENGTH = 16 * 1024;
/** Every model can do it, or it can do nothing. */
const PROBE = "fresh";

export interface EmbeddedTexts {
  /** Of each text, one after the other; zeros for one that is refused. */
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly tokens: readonly number[];
  /** Why a text is refused, by its place. */
  readonly failures: ReadonlyMap<number, string>;
}

/** Tokenizer, batches and model in one; works in the thread that calls it. */
export class OnnxEmbedder {
  readonly #tokenizer: Tokenizer;
  readonly #inference: Inference;
  readonly #dimensions: number;

  private constructor(tokenizer: Tokenizer, inference: Inference, dimensions: number) {
    this.#tokenizer = tokenizer;
    this.#inference = inference;
    this.#dimensions = dimensions;
  }

  /** @throws {Error} one sentence, when the files can't be used. */
  static async open(files: ModelFiles, threads: number | undefined): Promise<OnnxEmbedder> {
    try {
      const tokenizer = await openTokenizer(files.folder, files.maxTokens);
      const inference = await Inference.open({ ...files, threads });
      const embedder = new OnnxEmbedder(tokenizer, inference, files.dimensions);
      // Shows now, and not at the first row, that the files belong together; the first inference is also the slowest.
      await embedder.#probe();
      return embedder;
    } catch (error) {
      throw new Error(
        `The model in ${files.folder} can't be used (${toError(error).message}); remove its files and fetch them again.`,
        {
          cause: error,
        },
      );
    }
  }

  /** Yields between two inferences, and where a round of texts is tokenized. @throws {Error} when the model itself fails. */
  async *embed(texts: readonly string[]): AsyncGenerator<void, EmbeddedTexts, void> {
    const encoded = yield* this.#encode(texts);
    const tokens = encoded.map((ids) => ids.length);
    const vectors = new Float32Array(texts.length * this.#dimensions);
    const failures = new Map<number, string>();
    const batches = planBatches(tokens, BATCH_LIMITS).reverse();
    for (let places = batches.pop(); places; places = batches.pop()) {
      try {
        const results = await this.#inference.run(places.map((place) => encoded[place] ?? []));
        for (const [i, place] of places.entries()) vectors.set(results[i] ?? [], place * this.#dimensions);
      } catch (error) {
        const [place] = places;
        if (place === undefined || places.length > 1) {
          const half = Math.ceil(places.length / 2);
          batches.push(places.slice(half), places.slice(0, half));
        } else {
          // Whose fault is it? A model that does nothing any more must not make every text look guilty.
          await this.#probe();
          failures.set(place, toError(error).message);
        }
      }
      if (batches.length > 0) yield;
    }
    return { vectors, tokens, failures };
  }

  *#encode(texts: readonly string[]): Generator<void, ReturnType<Tokenizer["encode"]>[], void> {
    const encoded: ReturnType<Tokenizer["encode"]>[] = [];
    let length = 0;
    for (const text of texts) {
      encoded.push(this.#tokenizer.encode(text));
      length += text.length;
      if (length < ROUND_LENGTH) continue;
      length = 0;
      yield;
    }
    return encoded;
  }

  /** Without special tokens. */
  countTokens(texts: readonly string[]): number[] {
    return texts.map((text) => this.#tokenizer.count(text));
  }

  async close(): Promise<void> {
    await this.#inference.close();
  }

  async #probe(): Promise<void> {
    await this.#inference.run([this.#tokenizer.encode(PROBE)]);
  }
}
