import { describe, expect, it } from "vitest";
import { modelTraits, type ModelDescription } from "./model-traits.js";

const silent: ModelDescription = {
  config: { hidden_size: 384, max_position_embeddings: 512 },
  tokenizer: { model_max_length: 512 },
  modules: null,
  pooling: null,
  sentenceBert: null,
  sentenceTransformers: null,
};

describe("modelTraits", () => {
  it.each([
    ["BAAI/bge-small-en-v1.5", "cls", "Represent this sentence for searching relevant passages: ", ""],
    ["Xenova/bge-m3", "cls", "", ""],
    ["intfloat/multilingual-e5-small", "mean", "query: ", "passage: "],
    ["thenlper/gte-small", "mean", "", ""],
    ["Alibaba-NLP/gte-base-en-v1.5", "cls", "", ""],
    ["sentence-transformers/all-MiniLM-L6-v2", "mean", "", ""],
  ])("knows the family of %s where the files are silent", (name, pooling, query, document) => {
    expect(modelTraits(name, silent)).toMatchObject({ pooling, prefixes: { query, document } });
  });

  it("believes the model's own files before its name", () => {
    const traits = modelTraits("me/bge-of-mine", {
      ...silent,
      config: { hidden_size: 768, max_position_embeddings: 8192, pad_token_id: 1 },
      tokenizer: { model_max_length: 1e30 },
      modules: [{ type: "sentence_transformers.models.Transformer" }, { type: "sentence_transformers.models.Pooling" }],
      pooling: { pooling_mode_cls_token: false, pooling_mode_mean_tokens: true },
      sentenceBert: { max_seq_length: 256 },
      sentenceTransformers: { prompts: { query: "ask: ", passage: "text: " } },
    });
    expect(traits).toEqual({
      dimensions: 768,
      maxTokens: 256,
      pooling: "mean",
      prefixes: { query: "ask: ", document: "text: " },
      padTokenId: 1,
    });
  });

  it("takes empty prompts for none said: sentence-transformers saves them for every model", () => {
    const sentenceTransformers = { prompts: { query: "", document: "" } };
    const { prefixes } = modelTraits("intfloat/e5-small-v2", { ...silent, sentenceTransformers });
    expect(prefixes).toEqual({ query: "query: ", document: "passage: " });
  });

  it.each([
    ["a module after the pooling", { modules: [{ type: "sentence_transformers.models.Dense" }] }, /"Dense"/],
    ["another pooling", { pooling: { pooling_mode_lasttoken: true } }, /neither by mean nor by the first token/],
    ["a configuration of something else", { config: {} }, /names no hidden_size/],
  ])("refuses %s", (_, said, message) => {
    expect(() => modelTraits("some/model", { ...silent, ...said })).toThrow(message);
  });
});
