import { modelFolder } from "@freshet/local-stack/testing";
import { cp, mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { embeddingModelContract } from "../contract/embedding-model-contract.js";
import type { EmbeddingModel } from "../embedding-model.js";
import { openLocalModel, type LocalModelOptions } from "./local-model.js";

const NAME = "BAAI/bge-small-en-v1.5";

function open(
  dtype: "fp32" | "q8",
  directory: string,
  options: Partial<LocalModelOptions> = {},
): Promise<EmbeddingModel> {
  return openLocalModel({
    name: NAME,
    dtype,
    directory,
    queryPrefix: "Represent this sentence for searching relevant passages: ",
    documentPrefix: "",
    threads: 1,
    cacheDirectory: join(tmpdir(), "unused"),
    ...options,
  });
}

for (const [dtype, sameTextCosine] of [
  ["q8", 0.99],
  ["fp32", 0.9999],
] as const) {
  embeddingModelContract({
    name: `local ${dtype}`,
    open: async () => open(dtype, await modelFolder(dtype)),
    dimensions: 384,
    sameTextCosine,
  });
}

async function copyOfModel(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-model-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(join(await modelFolder("q8"), NAME), join(folder, NAME), { recursive: true, dereference: true });
  return folder;
}

describe("openLocalModel", () => {
  it("names the file that is missing", async () => {
    const folder = await copyOfModel();
    await rm(join(folder, NAME, "tokenizer.json"));
    await expect(open("q8", folder)).rejects.toThrow(
      /^The model BAAI\/bge-small-en-v1\.5 .*tokenizer\.json doesn't exist/,
    );
  });

  it("says so when the model file is broken", async () => {
    const folder = await copyOfModel();
    await truncate(join(folder, NAME, "onnx/model_quantized.onnx"), 1_000_000);
    await expect(open("q8", folder)).rejects.toThrow(/^The model in .* can't be used/);
  });

  it("takes its identity from the files: another file is another revision", async () => {
    const model = await open("q8", await modelFolder("q8"));
    await model.close();
    expect(model.identity).toEqual({
      name: NAME,
      dtype: "q8",
      dimensions: 384,
      revision: expect.stringMatching(/^6c9c6101/) as string,
    });
  });

  it("answers what was asked before it was closed, and nothing after", async () => {
    const model = await open("q8", await modelFolder("q8"));
    const last = model.embed(["before"], "document");
    const closed = model.close();
    await expect(model.embed(["after"], "document")).rejects.toThrow(/is closed/);
    expect(await last).toHaveLength(1);
    await closed;
  });
});
