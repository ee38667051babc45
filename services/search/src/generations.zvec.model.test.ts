import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { openLocalModel } from "@freshet/embeddings/local/local-model";
import { definitionOf, encodeDefinition } from "@freshet/generations/definition";
import { modelFolder } from "@freshet/local-stack/testing";
import { configurationSchema } from "@freshet/process/configuration";
import { featuresOf } from "@freshet/process/index-configuration";
import { createLogger } from "@freshet/process/logger";
import type { ModelConfiguration } from "@freshet/process/model-configuration";
import { collectionName } from "@freshet/vector-stores/collection-name";
import { point } from "@freshet/vector-stores/contract/sample";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import fastify from "fastify";
import { Registry } from "prom-client";
import { beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { CollectionLooks } from "./collection-looks.js";
import { IndexSearcher } from "./index-searcher.js";
import { ModelPool } from "./model-pool.js";
import { addRoutes } from "./routes.js";
import { SearchMetrics } from "./search-metrics.js";

const MODEL = "BAAI/bge-small-en-v1.5";
const QUESTION = "an ocean in space";
const GENERATIONS = {
  1: { dtype: "q8", settings: {} },
  2: { dtype: "fp32", settings: { model: "large" } },
  3: { dtype: "fp32", settings: { model: "large", tenant: "owner", payload: ["owner"] } },
} as const;
type Generation = keyof typeof GENERATIONS;

function configurationWith(settings: object) {
  return configurationSchema.parse({
    models: {
      small: { provider: "local", name: MODEL, dtype: "q8" },
      large: { provider: "local", name: MODEL, dtype: "fp32" },
    },
    stores: { main: { kind: "zvec" } },
    indexes: { books: { ...{ topic: "rows", text: "{{ text }}", model: "small", stores: ["main"] }, ...settings } },
  });
}

let own: Record<"q8" | "fp32", EmbeddingModel>;
let vectors: Record<"q8" | "fp32", Float32Array>;

beforeAll(async () => {
  const load = async (dtype: "q8" | "fp32") =>
    openLocalModel({ name: MODEL, dtype, directory: await modelFolder(dtype), cacheDirectory: "" });
  own = { q8: await load("q8"), fp32: await load("fp32") };
  const vectorBy = async (model: EmbeddingModel) =>
    (await model.embed([QUESTION], "query"))[0]?.vector ?? Float32Array.of();
  vectors = { q8: await vectorBy(own.q8), fp32: await vectorBy(own.fp32) };
  return async () => {
    await Promise.all([own.q8.close(), own.fp32.close()]);
  };
});

/** A store with generations of one index, and what answers from it. The configuration is the first's, as it was not changed. */
async function startSearch() {
  const folder = await mkdtemp(join(tmpdir(), "freshet-search-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const store = await openZvecStore({ directory: join(folder, "store") });
  onTestFinished(() => store.close());
  const make = async (generation: Generation) => {
    const { dtype, settings } = GENERATIONS[generation];
    const configuration = configurationWith(settings);
    const index = definitionOf(configuration, "books");
    const name = collectionName("books", own[dtype].identity, generation);
    const origin = { index: "books", generation, definition: encodeDefinition(index) };
    const spec = {
      name,
      model: own[dtype].identity,
      distance: "cosine",
      features: featuresOf(index.index),
      origin,
    } as const;
    await store.ensureCollection(spec);
    const upserts = [1, 2, 3].map((id) => {
      return point({
        key: { id },
        text: `generation ${generation}`,
        payload: { owner: "ann" },
        vector: vectors[dtype],
      });
    });
    await store.apply(name, { upserts, payloads: [], deletes: [] }, () => undefined);
    return name;
  };
  const opened: string[] = [];
  const closed: string[] = [];
  const open = (settings: ModelConfiguration): Promise<EmbeddingModel> => {
    if (settings.provider !== "local") throw new Error(`there is no ${settings.name}`);
    const { dtype } = settings;
    opened.push(dtype);
    const model = own[dtype];
    return Promise.resolve({
      identity: model.identity,
      maxTokens: model.maxTokens,
      prefix: (kind) => model.prefix(kind),
      embed: (...asked) => model.embed(...asked),
      countTokens: (texts) => model.countTokens(texts),
      close: () => Promise.resolve(void closed.push(dtype)),
    });
  };
  const models = new ModelPool({ open, onTrouble: () => undefined });
  onTestFinished(() => models.close());
  const searchers = new Map([
    ["books", new IndexSearcher({ configuration: configurationWith({}), index: "books", store, models })],
  ]);
  const looks = new CollectionLooks({ searchers, models, onTrouble: () => undefined });
  const http = fastify();
  onTestFinished(() => http.close());
  const logger = createLogger({ name: "test", level: "silent", pretty: false });
  addRoutes(http, { searchers, metrics: new SearchMetrics(new Registry()), logger });
  const search = async (asked: object = {}) => {
    const response = await http.inject({ method: "POST", url: "/search", payload: { q: QUESTION, ...asked } });
    const body: { results?: { text: string }[]; detail?: string } = response.json();
    return {
      status: response.statusCode,
      detail: body.detail,
      texts: [...new Set(body.results?.map(({ text }) => text))],
    };
  };
  const indexes = async () => (await http.inject({ url: "/indexes" })).json<unknown>();
  const run = () => {
    const stop = new AbortController();
    const ended = looks.run(stop.signal);
    onTestFinished(() => {
      stop.abort();
      return ended;
    });
  };
  return { store, make, looks, run, search, indexes, opened, closed };
}

it("answers every search while collections of two models take turns, each with its own model's vector", async () => {
  const { store, make, looks, run, search, opened, closed } = await startSearch();
  const first = await make(1);
  await store.swapAlias("books", first);
  await looks.first();
  expect(opened).toEqual(["q8"]);
  run();
  const asked = vi.spyOn(store, "search");
  const second = await make(2);
  await vi.waitFor(() => expect(opened).toEqual(["q8", "fp32"]), 20_000);

  let isOver = false;
  const answers: Awaited<ReturnType<typeof search>>[] = [];
  const stream = async () => {
    while (!isOver) answers.push(await search());
  };
  const streams = Promise.all([stream(), stream(), stream()]);
  onTestFinished(() => {
    isOver = true;
    return streams.then(() => undefined);
  });
  for (let turn = 0; turn < 12; turn += 1) {
    const [name, text] = turn % 2 === 0 ? [second, "generation 2"] : [first, "generation 1"];
    await store.swapAlias("books", name);
    await vi.waitFor(() => expect(answers.at(-1)?.texts).toEqual([text]), 20_000);
  }
  await store.swapAlias("books", second);
  await store.drop(first);
  await vi.waitFor(() => expect(closed).toEqual(["q8"]), 20_000);
  isOver = true;
  await streams;
  expect(answers.filter(({ status, texts }) => status !== 200 || texts.length !== 1)).toEqual([]);
  for (const [collection, { vector }] of asked.mock.calls) {
    expect(vector).toEqual(collection === first ? vectors.q8 : vectors.fp32);
  }
  expect(opened).toEqual(["q8", "fp32"]);
});

it("is asked by what the answering collection was made for, not by what is configured or was a moment ago", async () => {
  const { store, make, looks, search, indexes } = await startSearch();
  await store.swapAlias("books", await make(1));
  await looks.first();
  expect(await search()).toMatchObject({ status: 200, texts: ["generation 1"] });
  await store.swapAlias("books", await make(3));
  expect(await search()).toMatchObject({ status: 400, detail: expect.stringContaining("tenant is missing") as string });
  expect(await search({ tenant: "ann" })).toMatchObject({ status: 200, texts: ["generation 3"] });
  expect(await search({ tenant: "bob" })).toMatchObject({ status: 200, texts: [] });
  expect(await indexes()).toMatchObject({ indexes: [{ tenant: "owner", fields: { owner: "keyword" } }] });
});

it("asks the one that answers by then when a collection is dropped under a search", async () => {
  const { store, make, looks, search } = await startSearch();
  const [first, second] = [await make(1), await make(2)];
  await store.swapAlias("books", first);
  await looks.first();
  const direct = store.search.bind(store);
  vi.spyOn(store, "search").mockImplementationOnce(async (collection, request) => {
    await store.swapAlias("books", second);
    await store.drop(first);
    return direct(collection, request);
  });
  expect(await search()).toMatchObject({ status: 200, texts: ["generation 2"] });
});

it("says what to do when the collection that answers is lost", async () => {
  const { store, make, looks, search } = await startSearch();
  await store.swapAlias("books", await make(1));
  vi.spyOn(store, "describe").mockResolvedValue(null);
  await looks.first();
  expect(await search()).toMatchObject({
    status: 503,
    detail: expect.stringMatching(/isn't in its store any more\. Start the vector-sink again/) as string,
  });
});
