import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Embedding, EmbeddingModel } from "../embedding-model.js";

export interface ContractOptions {
  readonly name: string;
  /** Opens the model with a query prefix and without a document prefix. */
  readonly open: () => Promise<EmbeddingModel>;
  readonly dimensions: number;
  /** How alike a text's vectors are at least, alone and in company; quantised models depend on the batch a little. */
  readonly sameTextCosine: number;
}

const TEXTS = [
  "A desert planet is the site of political intrigue and power struggles.",
  "cat",
  "",
  "Ein Wald voller Geschichten 🌲, אור, 漢字, and a lone surrogate: \ud800.",
  "[CLS] [SEP] [PAD] are only words here",
  "The committee met on Tuesday to discuss the budget. ".repeat(8),
];

/** What every provider of the port keeps to; run against the real thing. */
export function embeddingModelContract({ name, open, dimensions, sameTextCosine }: ContractOptions): void {
  describe(`embedding model: ${name}`, () => {
    let model: EmbeddingModel;
    beforeAll(async () => {
      model = await open();
    });
    afterAll(() => model.close());

    it("says who it is", () => {
      expect(model.identity.dimensions).toBe(dimensions);
      expect(model.identity.name).not.toBe("");
      expect(model.identity.revision).not.toBe("");
      expect(model.maxTokens).toBeGreaterThan(0);
    });

    it("gives each text, whatever is in it, one vector of length 1", async () => {
      const embeddings = await model.embed(TEXTS, "document");
      expect(embeddings).toHaveLength(TEXTS.length);
      for (const embedding of embeddings) {
        expect(embedding.tokens).toBeGreaterThan(0);
        expect(embedding.vector).toHaveLength(dimensions);
        expect(Math.sqrt(cosine(embedding, embedding))).toBeCloseTo(1, 5);
      }
    });

    it("gives nothing for nothing", async () => {
      expect(await model.embed([], "document")).toEqual([]);
    });

    it("keeps the order, and a text its vector in any company", async () => {
      const together = await model.embed(TEXTS, "document");
      const backwards = (await model.embed([...TEXTS].reverse(), "document")).reverse();
      for (const [i, text] of TEXTS.entries()) {
        const [alone] = await model.embed([text], "document");
        expect(cosine(alone, together[i])).toBeGreaterThanOrEqual(sameTextCosine);
        expect(cosine(alone, backwards[i])).toBeGreaterThanOrEqual(sameTextCosine);
      }
    });

    it("puts the prefix of its kind before a text", async () => {
      const [query] = await model.embed(["battle in space"], "query");
      const [document] = await model.embed(["battle in space"], "document");
      const [prefixed] = await model.embed([`${model.prefix("query")}battle in space`], "document");
      expect(model.prefix("document")).toBe("");
      expect(cosine(query, prefixed)).toBeGreaterThanOrEqual(0.9999);
      expect(cosine(query, document)).toBeLessThan(0.98);
    });

    it("cuts a text that is too long, and sees nothing behind the cut", async () => {
      const long = "space ship ".repeat(model.maxTokens);
      const vectors = await model.embed([long, `${long} and a kitten in the garden`], "document");
      expect(cosine(vectors[0], vectors[1])).toBeGreaterThanOrEqual(sameTextCosine);
    });

    it("counts a text's own tokens, also behind what it would cut", async () => {
      const counts = await model.countTokens(["", "cat", "cat cat", "cat ".repeat(2 * model.maxTokens)]);
      expect(counts).toEqual([0, 1, 2, 2 * model.maxTokens]);
    });

    it("answers calls made at the same time each with its own vectors", async () => {
      const calls = TEXTS.map((text) => model.embed([text], "document"));
      const vectors = (await Promise.all(calls)).map(([one]) => one);
      for (const [i, text] of TEXTS.entries()) {
        const [alone] = await model.embed([text], "document");
        expect(cosine(alone, vectors[i])).toBeGreaterThanOrEqual(sameTextCosine);
      }
    });
  });
}

/** Of vectors of length 1. */
function cosine(a: Embedding | undefined, b: Embedding | undefined): number {
  if (!a || a.vector.length !== b?.vector.length) return NaN;
  return a.vector.reduce((sum, x, i) => sum + x * (b.vector[i] ?? NaN), 0);
}
