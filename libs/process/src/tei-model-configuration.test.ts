import { describe, expect, it } from "vitest";
import { teiModel } from "./tei-model-configuration.js";

const model = { provider: "tei", name: "BAAI/bge-small-en-v1.5", url: "https://embeddings.example:8443/" };

describe("teiModel", () => {
  it("needs a name and an address", () => {
    expect(teiModel.parse(model)).toEqual({
      ...{ provider: "tei", name: "BAAI/bge-small-en-v1.5", url: "https://embeddings.example:8443" },
      ...{
        apiKeyVariable: "FRESHET_TEI_API_KEY",
        queryPrefix: "",
        documentPrefix: "",
        window: 128,
        timeoutSeconds: 60,
      },
    });
  });

  it.each([
    ["localhost:8080", /http:\/\/host:port/],
    ["http://localhost:8080/v1", /no paths/],
    ["http://user:key@localhost:8080", /from the environment/],
  ])("refuses %s", (url, complaint) => {
    expect(() => teiModel.parse({ ...model, url })).toThrow(complaint);
  });
});
