import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import { openLocalModel } from "@freshet/embeddings/local/local-model";
import { modelFolder } from "@freshet/local-stack/testing";
import { configurationSchema } from "@freshet/process/configuration";
import { featuresOf } from "@freshet/process/index-configuration";
import { createLogger } from "@freshet/process/logger";
import { point } from "@freshet/vector-stores/contract/sample";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import fastify, { type FastifyInstance } from "fastify";
import { Registry } from "prom-client";
import { beforeAll, describe, expect, it } from "vitest";
import { IndexSearcher } from "./index-searcher.js";
import { ModelPool } from "./model-pool.js";
import { addRoutes } from "./routes.js";
import { SearchMetrics } from "./search-metrics.js";

const BOOKS = [
  { name: "Dune", year: 1965, lang: "en", text: "A desert planet is the site of political intrigue." },
  { name: "Emma", year: 1815, lang: "en", text: "A rich young woman makes matches for her friends." },
  { name: "Solaris", year: 1961, lang: "pl", text: "Scientists study a planet that is an ocean which thinks." },
];
const NOTES = [
  { owner: "ann", text: "Buy zwieback for the baby." },
  { owner: "ann", text: "The car needs new tyres before winter." },
  { owner: "bob", text: "Return the zwieback, it is stale." },
];
const INDEX = { topic: "rows", text: "{{ text }}", model: "small", stores: ["main"] };
const configuration = configurationSchema.parse({
  models: { small: { provider: "local", name: "BAAI/bge-small-en-v1.5" } },
  stores: { main: { kind: "zvec" } },
  indexes: {
    books: { ...INDEX, payload: ["year", "lang"], filterable: { year: "integer", lang: "keyword" } },
    notes: { ...INDEX, payload: ["owner"], tenant: "owner", hybrid: true },
    empty: INDEX,
  },
});

interface Answer {
  readonly results: { readonly score: number; readonly text: string; readonly payload: Record<string, unknown> }[];
  readonly mode: string;
  readonly tookMs: number;
}

let store: VectorStore;
let model: EmbeddingModel;
let http: FastifyInstance;
let registry: Registry;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "freshet-search-"));
  store = await openZvecStore({ directory: join(folder, "store") });
  const directory = await modelFolder("q8");
  model = await openLocalModel({ name: "BAAI/bge-small-en-v1.5", dtype: "q8", directory, cacheDirectory: "" });
  await fill("books", BOOKS);
  await fill("notes", NOTES);
  http = fastify();
  registry = new Registry();
  const logger = createLogger({ name: "test", level: "silent", pretty: false });
  const models = new ModelPool({ open: () => Promise.resolve(model), onTrouble: () => undefined });
  const searchers = new Map(
    Object.keys(configuration.indexes).map((index) => {
      return [index, new IndexSearcher({ configuration, index, store, models })];
    }),
  );
  addRoutes(http, { searchers, metrics: new SearchMetrics(registry), logger });
  return async () => {
    await Promise.all([http.close(), store.close(), model.close()]);
    await rm(folder, { recursive: true });
  };
});

async function fill(index: "books" | "notes", rows: readonly { readonly text: string }[]): Promise<void> {
  const name = `${index}_1`;
  const settings = configuration.indexes[index];
  if (!settings) throw new Error(`no index ${index}`);
  const spec = { model: model.identity, distance: "cosine", features: featuresOf(settings), origin: null } as const;
  await store.ensureCollection({ name, ...spec });
  const embeddings = await model.embed(
    rows.map(({ text }) => text),
    "document",
  );
  const upserts = rows.map(({ text, ...payload }, id) => {
    const vector = embeddings[id]?.vector ?? new Float32Array();
    return point({ key: { id }, table: `public.${index}`, index, text, payload, vector });
  });
  await store.apply(name, { upserts, payloads: [], deletes: [] }, () => undefined);
  await store.swapAlias(index, name);
}

async function get(parameters: Record<string, string>): Promise<{ status: number; body: Answer }> {
  const response = await http.inject({ url: "/search", query: parameters });
  return { status: response.statusCode, body: response.json() };
}
async function post(payload: object): Promise<{ status: number; body: Answer }> {
  const response = await http.inject({ method: "POST", url: "/search", payload });
  return { status: response.statusCode, body: response.json() };
}
const columns = ({ body }: { readonly body: Answer }, name: string) => body.results.map(({ payload }) => payload[name]);

describe("an index", () => {
  it("answers an address and a JSON object alike, best first", async () => {
    const asked = await get({ q: "an ocean in space", index: "books", k: "2" });
    expect(asked).toMatchObject({ status: 200, body: { mode: "dense", tookMs: expect.any(Number) as number } });
    expect(columns(asked, "name")).toEqual(["Solaris", "Dune"]);
    const posted = await post({ q: "an ocean in space", index: "books", k: 2 });
    expect(posted.body.results).toEqual(asked.body.results);
    expect(posted.body.results[0]).toMatchObject({ index: "books", table: "public.books", key: { id: 2 }, chunk: 0 });
  });

  it("is narrowed by filter, threshold and columns", async () => {
    const filter = {
      and: [
        { field: "lang", equals: "en" },
        { field: "year", range: { gte: 1900 } },
      ],
    };
    const query = { q: "planet", index: "books" };
    expect(columns(await post({ ...query, filter }), "name")).toEqual(["Dune"]);
    expect(columns(await get({ ...query, filter: JSON.stringify(filter) }), "name")).toEqual(["Dune"]);
    const all = await post(query);
    const [best, second] = all.body.results;
    const threshold = ((best?.score ?? 0) + (second?.score ?? 0)) / 2;
    expect((await post({ ...query, threshold })).body.results).toEqual([best]);
    expect((await get({ ...query, payload: "year,lang" })).body.results.map(({ payload }) => payload)).toEqual(
      all.body.results.map(({ payload: { year, lang } }) => ({ year, lang })),
    );
  });

  it("that no row has reached yet has no results", async () => {
    expect(await get({ q: "x", index: "empty" })).toMatchObject({ status: 200, body: { results: [] } });
  });
});

describe("an index with tenants, hybrid", () => {
  const query = { q: "zwieback", index: "notes" };

  it("gives each tenant its own rows alone, however it is asked", async () => {
    const others = { or: [{ field: "owner", equals: "bob" }, { not: { field: "owner", equals: "bob" } }] };
    for (const mode of ["hybrid", "dense"]) {
      for (const filter of [undefined, others]) {
        const answer = await post({ ...query, tenant: "ann", mode, filter });
        expect(answer.body.mode).toBe(mode);
        expect(columns(answer, "owner")).toEqual(["ann", "ann"]);
      }
    }
    expect(columns(await get({ ...query, tenant: "bob" }), "owner")).toEqual(["bob"]);
    expect(columns(await get({ ...query, tenant: "carl" }), "owner")).toEqual([]);
  });

  it("is searched by words too unless asked otherwise", async () => {
    const { body } = await get({ ...query, tenant: "ann" });
    expect(body).toMatchObject({ mode: "hybrid", results: [{ text: NOTES[0]?.text }, {}] });
  });

  it("refuses a search for no tenant", async () => {
    const { status, body } = await post(query);
    expect(status).toBe(400);
    expect(body).toMatchObject({ detail: "tenant is missing: a search of the index notes is for one value of owner." });
  });
});

describe("a request that can't be answered", () => {
  it.each([
    ["a filter that is none", { q: "x", index: "books", filter: { field: "year" } }, /filter must be one of/],
    [
      "an undeclared column",
      { q: "x", index: "books", filter: { field: "name", equals: "Dune" } },
      /name.* filterable/,
    ],
    ["words where there are none", { q: "x", index: "books", mode: "hybrid" }, /isn't hybrid: ask with mode dense/],
    ["a list", [], /must be a JSON object/],
  ])("for %s is a bad request, and says what helps", async (_what, payload, detail) => {
    const response = await http.inject({ method: "POST", url: "/search", payload });
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(response.json()).toEqual({
      ...{ type: "about:blank", title: "Bad request", status: 400 },
      detail: expect.stringMatching(detail) as string,
    });
  });

  it.each([
    [413, "application/json", `{"q":"${"x".repeat(200_000)}"}`],
    [400, "application/json", `{"q":`],
    [400, "application/json", `{"q":"x","index":"books","filter":${'{"not":'.repeat(15_000)}1${"}".repeat(15_000)}}`],
    [415, "text/csv", "q,x"],
  ])("is refused as %d (%s)", async (status, type, payload) => {
    const response = await http.inject({ method: "POST", url: "/search", headers: { "content-type": type }, payload });
    expect(response.headers["content-type"]).toContain("application/problem+json");
    expect(response.json()).toMatchObject({ status });
    expect(response.statusCode).toBe(status);
  });
});

it("says what can be asked of each index", async () => {
  const response = await http.inject({ url: "/indexes" });
  expect(response.json()).toEqual({
    indexes: [
      { name: "books", modes: ["dense"], tenant: null, fields: { year: "integer", lang: "keyword" } },
      { name: "notes", modes: ["hybrid", "dense"], tenant: "owner", fields: { owner: "keyword" } },
      { name: "empty", modes: ["dense"], tenant: null, fields: {} },
    ],
  });
});

it("measures searches by index, mode and result", async () => {
  const text = await registry.metrics();
  for (const labels of [
    'index="books",mode="dense",result="found"',
    'index="notes",mode="hybrid",result="nothing"',
    'index="books",mode="dense",result="refused"',
  ]) {
    expect(text).toContain(`freshet_search_duration_seconds_count{${labels}}`);
  }
});
