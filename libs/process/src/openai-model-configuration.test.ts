import { describe, expect, it } from "vitest";
import { openAiModel } from "./openai-model-configuration.js";

const SMALL = {
  provider: "openai",
  name: "text-embedding-3-small",
  dimensions: 1536,
  maxTokens: 8191,
  tokenizer: "cl100k_base",
};

describe("a model of provider openai", () => {
  it("is OpenAI's own unless it says otherwise", () => {
    expect(openAiModel.parse(SMALL)).toMatchObject({
      url: "https://api.openai.com/v1",
      authentication: "bearer",
      apiKeyVariable: "FRESHET_OPENAI_API_KEY",
      sendDimensions: false,
    });
  });

  it.each(["http://localhost:11434/v1", "http://localhost:11434/v1/", "http://localhost:11434/v1/embeddings"])(
    "takes the address %s",
    (url) => {
      expect(openAiModel.parse({ ...SMALL, url }).url).toBe("http://localhost:11434/v1");
    },
  );

  it.each([
    [{ url: "no address" }, /http:\/\/ or https:\/\//],
    [{ url: "localhost:11434" }, /http:\/\/ or https:\/\//],
    [{ url: "https://user:secret@host/v1" }, /no user or password/],
    [{ url: "https://host/v1?api-version=1" }, /apiVersion/],
    [{ apiKeyVariable: "sk-proj-123" }, /not the key itself/],
    [{ dimensions: undefined }, /number/],
    [{ apiKey: "sk-1" }, /apiKey/],
  ])("refuses %j, and doesn't repeat it", (settings, sentence) => {
    const { error } = openAiModel.safeParse({ ...SMALL, ...settings });
    expect(error?.message).toMatch(sentence);
    expect(error?.message).not.toMatch(/secret@|sk-/);
  });
});
