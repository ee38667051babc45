import { modelFolder } from "@freshet/local-stack/testing";
import { cp, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { embeddingModelContract } from "../contract/embedding-model-contract.js";
import { TextsRefusedError, type EmbeddingModel } from "../embedding-model.js";
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
  it("answers what can't wait between the inferences of what can", async () => {
    const model = await open("q8", await modelFolder("q8"));
    const answered: string[] = [];
    const ask = async (name: string, texts: readonly string[], canWaitUntil = AbortSignal.abort()) => {
      await model.embed(texts, "document", { canWaitUntil });
      answered.push(name);
    };
    const [can, hurried] = [new AbortController(), new AbortController()];
    const texts = Array.from({ length: 200 }, (_, place) => `the harbour of the ${place}th town`);
    const asked = [
      ask("long", texts, can.signal),
      ask("next", ["a bridge"], can.signal),
      ask("hurried", ["a quay"], hurried.signal),
      ask("short", ["a river"]),
    ];
    hurried.abort();
    await Promise.all(asked);
    expect(answered).toEqual(["short", "hurried", "long", "next"]);
    await model.close();
  });

  it("names the file that is missing", async () => {
    const folder = await copyOfModel();
    await rm(join(folder, NAME, "tokenizer.json"));
    await expect(open("q8", folder)).rejects.toThrow(
      /^The model BAAI\/bge-small-en-v1\.5 .*tokenizer\.json doesn't exist/,
    );
  });

  it("says so when the model file is broken, with a checksum to know it by and without", async () => {
    const folder = await copyOfModel();
    const file = join(folder, NAME, "onnx/model_quantized.onnx");
    await truncate(file, 1_000_000);
    await writeFile(`${file}.sha256`, `${"ab".repeat(32)}  model_quantized.onnx\n`);
    await expect(open("q8", folder)).rejects.toThrow(/^The model file .* is damaged or another one, .* names abab/);
    await rm(`${file}.sha256`);
    await expect(open("q8", folder)).rejects.toThrow(/^The model in .* can't be used/);
  });

  it("refuses a model file that isn't the one of its checksum", async () => {
    const folder = await modelFolder("q8");
    const sha256 = "ab".repeat(32);
    await expect(open("q8", folder, { sha256 })).rejects.toThrow(
      /^The model file .*model_quantized\.onnx is damaged or another one, because its sha256 is 6c9c6101.* "sha256" is abab/,
    );
  });

  it("takes the prefixes of the configuration before the model's own", async () => {
    const model = await open("q8", await modelFolder("q8"), { queryPrefix: "", documentPrefix: "title: " });
    await model.close();
    expect([model.prefix("query"), model.prefix("document")]).toEqual(["", "title: "]);
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

  it("computes nothing more for a caller that has gone", { timeout: 60_000 }, async () => {
    const model = await open("q8", await modelFolder("q8"));
    const long = "space ship ".repeat(300);
    const [one] = await timed(() => model.embed([long], "document"));
    const gone = new AbortController();
    const reason = new Error("the caller has gone");
    const waiting = [1, 2].map(() => model.embed(Array<string>(50).fill(long), "document", { signal: gone.signal }));
    setTimeout(() => gone.abort(reason), one);
    for (const call of waiting) await expect(call).rejects.toBe(reason);
    const [next] = await timed(() => model.embed(["next"], "document"));
    expect(next).toBeLessThan(25 * one);
    await expect(model.embed(["late"], "document", { signal: gone.signal })).rejects.toBe(reason);
    await model.close();
  });

  it("refuses the text on which the model fails, and gives the others", async () => {
    const folder = await copyOfModel();
    const file = join(folder, NAME, "tokenizer.json");
    const tokenizer = JSON.parse(await readFile(file, "utf8")) as { added_tokens: object[] };
    // An id that the model has no row for.
    tokenizer.added_tokens.push({ ...tokenizer.added_tokens[0], id: 99_999, content: "unheardof" });
    await writeFile(file, JSON.stringify(tokenizer));
    const model = await open("q8", folder);
    const texts = ["one", "two unheardof", "three", "four", "unheardof"];
    const error: unknown = await model.embed(texts, "document").catch((thrown: unknown) => thrown);
    await model.close();
    if (!(error instanceof TextsRefusedError)) throw error;
    expect([...error.failures.keys()].toSorted()).toEqual([1, 4]);
    expect(error.failures.get(1)?.message).toMatch(/99999/);
    expect(error.embeddings.map((embedding) => embedding?.vector.length)).toEqual([
      384,
      undefined,
      384,
      384,
      undefined,
    ]);
  });
});

/** In ms. */
async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const startedAt = performance.now();
  const result = await work();
  return [performance.now() - startedAt, result];
}
