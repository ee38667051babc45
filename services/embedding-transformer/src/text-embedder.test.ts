import { temporaryCache } from "@freshet/embeddings/cache/testing/temporary-cache";
import { RetriableError } from "@freshet/streaming/errors";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { CachedModel } from "./cached-model.js";
import { createMetrics } from "./metrics.js";
import { PricedModel } from "./testing/priced-model.js";
import { TextAccount } from "./text-account.js";
import { TextEmbedder } from "./text-embedder.js";
import { readUsage } from "./usage.js";

const PRICE = { perMillionTokens: 1_000_000, currency: "EUR" };

async function open() {
  const cache = await (await temporaryCache(64 * 1024 * 1024)).open();
  const metrics = createMetrics(new Registry());
  const model = new PricedModel();
  const shared = new CachedModel({ model, cache, metrics });
  const embedderOf = (index: string, canWait?: () => boolean) =>
    new TextEmbedder(shared, new TextAccount({ index, model: "letters", price: PRICE, metrics }), canWait);
  return { cache, model, embedderOf, usageOf: (index: string) => readUsage(metrics, index) };
}

it("asks the model once for equal texts, and never again", async () => {
  const { model, embedderOf, usageOf } = await open();
  const [one, two] = [embedderOf("one"), embedderOf("two")];
  const vector = (letters: number) => Float32Array.of(letters, 1);
  const first = await one.embed(["abc", "de", "abc"]);
  expect(first).toMatchObject([3, 2, 3].map((letters) => ({ vector: vector(letters), tokens: letters })));
  expect(await two.embed(["de", "fghi"])).toMatchObject([{ vector: vector(2), tokens: 2 }, { tokens: 4 }]);
  expect(await one.embed([])).toEqual([]);
  expect(model.calls).toEqual([["abc", "de"], ["fghi"]]);
  expect(await usageOf("one")).toMatchObject({
    ...{ inferred: 2, tokens: 5, spent: { EUR: 5 } },
    ...{ cached: 1, tokensSaved: 3, saved: { EUR: 3 } },
  });
  expect(await usageOf("two")).toMatchObject({ inferred: 1, spent: { EUR: 4 }, cached: 1, saved: { EUR: 2 } });
});

it("gives a refused text as an error in its place, and keeps the others", async () => {
  const { model, embedderOf, usageOf } = await open();
  const embedder = embedderOf("one");
  const results = await embedder.embed(["ok", "bad one", "fine", "bad one"]);
  expect(results.map((result) => (result instanceof Error ? result.message : result.tokens))).toEqual([
    2,
    "bad one isn't taken",
    4,
    "bad one isn't taken",
  ]);
  await embedder.embed(["fine", "ok"]);
  expect(model.calls).toEqual([["ok", "bad one", "fine"]]);
  expect(await usageOf("one")).toMatchObject({ inferred: 2, cached: 2, refused: 2 });
});

it("keeps what was paid for before the model went away", async () => {
  const { model, embedderOf, usageOf } = await open();
  const embedder = embedderOf("one");
  model.failures = 1;
  await expect(embedder.embed(["abc", "de"])).rejects.toThrow(RetriableError);
  await embedder.embed(["abc", "de"]);
  expect(model.calls).toEqual([["abc", "de"], ["de"]]);
  expect(await usageOf("one")).toMatchObject({ inferred: 2, tokens: 5, cached: 1 });
});

it("waits for an inference that somebody else has begun, and makes it itself when the other one is stopped", async () => {
  const { model, embedderOf, usageOf } = await open();
  let go: () => void = () => undefined;
  model.gate = new Promise((resolve) => (go = resolve));
  const stop = new AbortController();
  const stopped = embedderOf("one").embed(["abc", "de"], { signal: stop.signal });
  const going = embedderOf("two").embed(["de", "fghi"]);
  const third = embedderOf("three").embed(["fghi"]);
  stop.abort();
  go();
  await expect(stopped).rejects.toBe(stop.signal.reason);
  expect(await going).toMatchObject([{ tokens: 2 }, { tokens: 4 }]);
  expect(await third).toMatchObject([{ tokens: 4 }]);
  expect(model.calls).toEqual([["abc", "de"], ["fghi"], ["de"]]);
  expect(await usageOf("two")).toMatchObject({ inferred: 2, cached: 0 });
  expect(await usageOf("three")).toMatchObject({ inferred: 0, cached: 1, tokensSaved: 4 });
});

it("has its texts wait for others' while it can, which may change", async () => {
  const { model, embedderOf } = await open();
  let serves = false;
  const embedder = embedderOf("next", () => !serves);
  await embedder.embed(["abc"]);
  serves = true;
  await embedder.embed(["de"]);
  await embedderOf("one").embed(["fghi"]);
  expect(model.canWaitUntil.map((until) => until?.aborted)).toEqual([false, true, true]);
});

it("hurries what others wait for who can't", async () => {
  const { model, embedderOf, usageOf } = await open();
  let go: () => void = () => undefined;
  model.gate = new Promise((resolve) => (go = resolve));
  const waiting = embedderOf("next", () => true).embed(["abc"]);
  const alike = embedderOf("other", () => true).embed(["abc"]);
  const isHurried = () => model.canWaitUntil[0]?.aborted;
  expect(isHurried()).toBe(false);
  const going = embedderOf("one").embed(["abc"]);
  expect(isHurried()).toBe(true);
  go();
  await Promise.all([waiting, alike, going]);
  expect(model.calls).toEqual([["abc"]]);
  expect(await usageOf("one")).toMatchObject({ inferred: 0, cached: 1 });
});
