import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmbeddingModel, TextsRefusedError } from "../embedding-model.js";
import { cosine } from "./cosine.js";

export interface ContractOptions {
  readonly name: string;
  /** Opens the model with a query prefix and without a document prefix. */
  readonly open: () => Promise<EmbeddingModel>;
  readonly dimensions: number;
  /** How alike a text's vectors are at least, alone and in company; quantised models depend on the batch a little. */
  readonly sameTextCosine: number;
  /** Whether an empty text has a vector; some servers refuse it. */
  readonly emptyText?: "embedded" | "refused";
}

const TEXTS = [
  "A desert planet is the site of political intrigue and power struggles.",
  "cat",
  "Ein Wald voller Geschichten 🌲, אור, 漢字, and a lone surrogate: \ud800.",
  "[CLS] [SEP] [PAD] are only words here",
  "The committee met on Tuesday to discuss the budget. ".repeat(8),
];

const ODD_TEXTS = [
  "lone surrogates: \ud800 in the middle, \udc00\ud800 the wrong way round, and at the end \udbff",
  "\u202Bשלום עולם, مرحبا بالعالم\u202C 123",
  "👩‍👩‍👧‍👦🏳️‍🌈👍🏽".repeat(20),
  String.fromCharCode(...Array.from({ length: 600 }, (_, i) => (i * 7919) % 256)),
  "\0\u0001\ufeff\uffff<|endoftext|>",
  "e\u0301".repeat(300),
  " \n\t ",
];

/** What every provider of the port keeps to; run against the real thing. */
export function embeddingModelContract(options: ContractOptions): void {
  const { name, open, dimensions, sameTextCosine, emptyText = "embedded" } = options;
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
      const embeddings = await model.embed([...TEXTS, ...ODD_TEXTS], "document");
      expect(embeddings).toHaveLength(TEXTS.length + ODD_TEXTS.length);
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

    it("takes a text of 10 MB, and counts it whole", async () => {
      const huge = "kitten\n".repeat(1_500_000);
      const [embedding, short] = await model.embed([huge, "kitten"], "document");
      expect(cosine(embedding, embedding)).toBeCloseTo(1, 5);
      expect(cosine(embedding, short)).toBeLessThan(0.999);
      expect(await model.countTokens([huge])).toEqual([1_500_000]);
    });

    it(`has an empty text ${emptyText}, and the others embedded`, async () => {
      const answer = await model.embed(["cat", "", "dog"], "document").catch((error: unknown) => error);
      if (emptyText === "embedded") {
        expect(answer).toHaveLength(3);
        return;
      }
      if (!(answer instanceof TextsRefusedError)) throw answer;
      expect([...answer.failures.keys()]).toEqual([1]);
      const [cat] = await model.embed(["cat"], "document");
      expect(cosine(answer.embeddings[0] ?? undefined, cat)).toBeGreaterThanOrEqual(sameTextCosine);
      expect(answer.embeddings[2]?.vector).toHaveLength(dimensions);
    });

    it("ends the waiting when it is told to, and works on", async () => {
      const abort = new AbortController();
      const reason = new Error("The service stops.");
      const call = model.embed(Array<string>(500).fill(TEXTS[0] ?? ""), "document", { signal: abort.signal });
      abort.abort(reason);
      await expect(call).rejects.toBe(reason);
      await expect(model.embed(["cat"], "document", { signal: abort.signal })).rejects.toBe(reason);
      expect(await model.embed(["cat"], "document")).toHaveLength(1);
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
