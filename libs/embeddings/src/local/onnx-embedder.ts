import type { Embedding } from "../embedding-model.js";
import { planBatches } from "./batch-plan.js";
import { Inference } from "./inference.js";
import type { ModelFiles } from "./model-files.js";
import { openTokenizer, type Tokenizer } from "./tokenizer.js";

/** Beyond this a batch leaves the processor's caches and each token costs more, not less. */
const MAX_BATCH_TOKENS = 512;
/** One more inference costs about as much as this many tokens. */
const CALL_COST_TOKENS = 24;

/** Tokenizer, batches and model in one; works in the thread that calls it. */
export class OnnxEmbedder {
  readonly #tokenizer: Tokenizer;
  readonly #inference: Inference;

  private constructor(tokenizer: Tokenizer, inference: Inference) {
    this.#tokenizer = tokenizer;
    this.#inference = inference;
  }

  /** @throws {Error} one sentence, when the files can't be used. */
  static async open(files: ModelFiles, threads: number | undefined): Promise<OnnxEmbedder> {
    try {
      const tokenizer = await openTokenizer(files.folder, files.maxTokens);
      const inference = await Inference.open({ ...files, ...(threads === undefined ? {} : { threads }) });
      const embedder = new OnnxEmbedder(tokenizer, inference);
      // Shows now, and not at the first row, that the files belong together; the first inference is also the slowest.
      await embedder.embed(["fresh"]);
      return embedder;
    } catch (error) {
      throw new Error(
        `The model in ${files.folder} can't be used (${error instanceof Error ? error.message : String(error)}); ` +
          `remove its files and fetch them again.`,
        { cause: error },
      );
    }
  }

  async embed(texts: readonly string[]): Promise<Embedding[]> {
    const tokens = texts.map((text) => this.#tokenizer.encode(text));
    const embeddings = new Array<Embedding>(texts.length);
    const plan = planBatches(
      tokens.map((ids) => ids.length),
      { maxTokens: MAX_BATCH_TOKENS, callCost: CALL_COST_TOKENS },
    );
    for (const places of plan) {
      const results = await this.#inference.run(places.map((place) => tokens[place] ?? []));
      results.forEach((vector, i) => {
        const place = places[i] ?? -1;
        embeddings[place] = { vector, tokens: tokens[place]?.length ?? 0 };
      });
    }
    return embeddings;
  }

  /** Without special tokens. */
  countTokens(texts: readonly string[]): number[] {
    return texts.map((text) => this.#tokenizer.count(text));
  }

  async close(): Promise<void> {
    await this.#inference.close();
  }
}
