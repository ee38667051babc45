import { Batch, type EmbedResponse } from "@freshet/batch-client/batch-protocol";
import { readVector } from "@freshet/batch-client/vector-bytes";
import { openLocalModel } from "@freshet/embeddings/local/local-model";
import { modelFolder } from "@freshet/local-stack/testing";
import { RetriableError } from "@freshet/streaming/errors";
import { credentials } from "@grpc/grpc-js";
import { expect, it, onTestFinished } from "vitest";
import { startBatchService } from "../testing/batch-service.js";
import type { DocumentEmbedder } from "./batch-index.js";

/** The real model; what it was asked for is kept. */
async function openEmbedder() {
  const settings = { name: "BAAI/bge-small-en-v1.5", dtype: "fp32", queryPrefix: "", documentPrefix: "" } as const;
  const model = await openLocalModel({
    ...settings,
    directory: await modelFolder("fp32"),
    cacheDirectory: "",
    threads: 1,
  });
  onTestFinished(() => model.close());
  const asked: string[][] = [];
  const embedder: DocumentEmbedder = {
    model,
    embed: (texts, options) => {
      asked.push([...texts]);
      return model.embed(texts, "document", options);
    },
  };
  return { model, embedder, asked };
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);
}

it("embeds as the index does, answers in order, and refuses a text without touching the others", async () => {
  const { model, embedder, asked } = await openEmbedder();
  const { index, server } = await startBatchService({ embedder });
  const client = new Batch(`127.0.0.1:${server.port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const call = client.embed();
  call.write({
    index,
    texts: [
      { id: "a", text: "A desert planet." },
      { id: "b", text: "  " },
      { id: "c", text: "An ocean that thinks: 海 🌊" },
    ],
  });
  call.write({ texts: [{ id: "a", text: "A young woman makes matches." }] });
  call.end();
  const responses: EmbedResponse[] = [];
  for await (const response of call as AsyncIterable<EmbedResponse>) responses.push(response);
  const [first, second] = responses;
  expect(responses).toHaveLength(2);
  expect(first?.model).toEqual(model.identity);
  expect(first?.embeddings).toMatchObject([
    { id: "a", refused: "" },
    { id: "b", refused: "The text is empty.", tokens: 0 },
    { id: "c", refused: "" },
  ]);
  expect(second).toMatchObject({ model: null, embeddings: [{ id: "a", refused: "" }] });
  expect(asked).toEqual([["A desert planet.", "An ocean that thinks: 海 🌊"], ["A young woman makes matches."]]);
  const [alone] = await model.embed(["A desert planet."], "document");
  const got = first?.embeddings[0];
  expect(cosine(readVector(got?.vector ?? Buffer.alloc(0)), alone?.vector ?? new Float32Array())).toBeGreaterThan(
    0.999,
  );
  expect(got?.tokens).toBe(alone?.tokens);
});

it("is what an upload needs: vectors from Embed come back from Export as they went in", async () => {
  const { model, embedder } = await openEmbedder();
  const { index, jobs } = await startBatchService({ embedder });
  const texts = Array.from({ length: 70 }, (_, number) => ({
    id: JSON.stringify({ id: 100 + number }),
    text: `The ${number}th planet is a desert.`,
  }));
  expect(await jobs.model(index)).toEqual(model.identity);
  const vectors = new Map<string, Float32Array>();
  async function* rows() {
    for await (const embedded of jobs.embed(index, texts)) {
      if ("refused" in embedded) throw new Error(embedded.refused);
      const { id, vector } = embedded;
      vectors.set(id, vector);
      const text = texts.find((candidate) => candidate.id === id)?.text ?? "";
      yield { key: id, chunks: [{ text, vector }], payload: JSON.stringify({ text }) };
    }
  }
  expect(await jobs.upload(index, await jobs.model(index), rows())).toMatchObject({
    accepted: 70,
    skipped: 0,
    failed: 0,
  });
  let count = 0;
  for await (const { key, chunks, model: of } of jobs.export(index)) {
    expect(key).toBe(texts[count]?.id);
    expect(chunks).toEqual([{ text: texts[count]?.text, vector: vectors.get(key) }]);
    expect(of).toEqual(model.identity);
    count += 1;
  }
  expect(count).toBe(70);
});

it("stops while it embeds when the client goes", async () => {
  const { embedder } = await openEmbedder();
  const signals: AbortSignal[] = [];
  let begun: () => void = () => undefined;
  const embedding = new Promise<void>((resolve) => (begun = resolve));
  const { index, jobs, server } = await startBatchService({
    embedder: {
      ...embedder,
      embed: (texts, options) => {
        signals.push(options.signal);
        begun();
        return embedder.embed(texts, options);
      },
    },
  });
  const stop = new AbortController();
  const long = Array.from({ length: 50 }, (_, id) => ({ id: String(id), text: "planet ".repeat(400) }));
  const answered = jobs.embed(index, long, { signal: stop.signal }).next();
  await embedding;
  stop.abort(new Error("enough"));
  await expect(answered).rejects.toThrow("enough");
  await server.close();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});

it("is asked again by the client while the model is away, and answers each text once", async () => {
  const { embedder } = await openEmbedder();
  let calls = 0;
  const { index, jobs } = await startBatchService({
    embedder: {
      ...embedder,
      embed: (texts, options) => {
        calls += 1;
        if (calls === 2) return Promise.reject(new RetriableError("The model is away."));
        return embedder.embed(texts, options);
      },
    },
  });
  const texts = Array.from({ length: 120 }, (_, id) => ({ id: String(id), text: `planet ${id}` }));
  const ids: string[] = [];
  for await (const { id } of jobs.embed(index, texts)) ids.push(id);
  expect(ids).toEqual(texts.map(({ id }) => id));
  expect(calls).toBeGreaterThan(2);
});
