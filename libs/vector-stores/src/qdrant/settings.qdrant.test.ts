import { randomUUID } from "node:crypto";
import { env } from "node:process";
import { QdrantClient } from "@qdrant/js-client-rest";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { axis, newCollection, point, VECTORS, write } from "../contract/sample.js";
import { CollectionMismatchError } from "../errors.js";
import { changedSettings } from "./settings.js";
import { openQdrantStore, type QdrantOptions } from "./store.js";

const url = env["FRESHET_QDRANT_URL"] ?? "";
const apiKey = env["FRESHET_QDRANT_API_KEY"];
const place = { url, ...(apiKey ? { apiKey } : {}) };

const FEATURES = {
  fields: { owner: "keyword", year: "integer", price: "float", lent: "boolean", "it's a $1": "keyword" },
  tenant: "owner",
  hybrid: true,
} as const;

describe.skipIf(!url)("Qdrant's settings, at FRESHET_QDRANT_URL", () => {
  const client = new QdrantClient({ ...place, checkCompatibility: false });
  let name: string;
  beforeEach(() => {
    name = `contract_${randomUUID().slice(0, 8)}`;
  });
  afterEach(() => client.deleteCollection(name));

  const open = (options: Partial<QdrantOptions> = {}) => openQdrantStore({ ...place, ...options });
  const configOf = async () => (await client.getCollection(name)).config;
  const ensure = (options: Partial<QdrantOptions>, features: Parameters<typeof newCollection>[1] = {}) =>
    newCollection(open(options), { name, ...features });

  it("puts the graph off until the load has ended, also when it was interrupted", async () => {
    const store = open({ hnsw: { m: 24, efConstruction: 64 } });
    await newCollection(store, { name });
    const points = (from: number) => Array.from({ length: 500 }, (_, id) => point({ key: { id: from + id } }));
    await write(store, name, { upserts: points(0) });
    // Otherwise it never has enough points for a graph.
    await client.updateCollection(name, { optimizers_config: { indexing_threshold: 1 } });
    await write(store, name, { upserts: [...points(500), point({ key: { id: "near" }, vector: axis(3) })] });
    expect((await configOf()).params.vectors).toMatchObject({ hnsw_config: { m: 0 } });
    expect((await store.search(name, { vector: axis(3), k: 1 }))[0]?.score).toBeCloseTo(1, 5);

    await expect(store.finishLoad(name, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    expect((await configOf()).params.vectors).toMatchObject({ hnsw_config: { m: 0 } });
    const another = open();
    await newCollection(another, { name });
    await another.finishLoad(name);
    await another.finishLoad(name);
    const { params, hnsw_config: graph } = await configOf();
    expect([params.vectors, graph]).toMatchObject([{ hnsw_config: { m: 24 } }, { m: 24, ef_construct: 64 }]);
    await vi.waitFor(
      async () => {
        const { indexed_vectors_count: indexed = 0 } = await client.getCollection(name);
        expect(indexed).toBeGreaterThan(900);
      },
      { timeout: 60_000, interval: 200 },
    );
    expect((await store.search(name, { vector: axis(3), k: 1 }))[0]?.score).toBeCloseTo(1, 5);
  });

  it("changes a collection that exists, and leaves alone what no setting names", async () => {
    await ensure({ hnsw: { m: 8 }, quantization: "scalar" });
    const store = open();
    await write(store, name, { upserts: [point({ vector: axis(1) })] });
    await store.finishLoad(name);
    await ensure({});
    expect(await configOf()).toMatchObject({
      hnsw_config: { m: 8 },
      quantization_config: { scalar: { quantile: 0.99, always_ram: true } },
    });
    await ensure({ hnsw: { m: 12, efConstruction: 200 }, quantization: "binary", onDisk: true });
    expect(await configOf()).toMatchObject({
      params: { vectors: { hnsw_config: { m: 12 }, on_disk: true } },
      hnsw_config: { m: 12, ef_construct: 200 },
      quantization_config: { binary: { always_ram: true } },
    });
    for (const quantization of ["scalar", "product", "turbo", "none", "binary"] as const) {
      const settings = { hnsw: { m: 12 }, quantization, onDisk: true };
      await ensure(settings);
      expect(changedSettings(await client.getCollection(name), settings)).toEqual({});
    }
    await ensure({ quantization: "none", onDisk: false });
    const { params, quantization_config: quantization } = await configOf();
    expect([params.vectors, quantization]).toMatchObject([{ on_disk: false }, null]);
    expect(await store.count(name)).toBe(1);
  });

  it.each(["scalar", "binary", "product", "turbo"] as const)(
    "finds the nearest with its own score among %s copies",
    async (quantization) => {
      const store = open({ quantization, hnsw: { efSearch: 200 }, oversampling: 50 });
      await newCollection(store, { name });
      await client.updateCollection(name, { optimizers_config: { indexing_threshold: 1 } });
      const upserts = Array.from({ length: 1_000 }, (_, id) => point({ key: { id } }));
      await write(store, name, { upserts: [...upserts, point({ key: { id: "near" }, vector: axis(3, 0.001) })] });
      await store.finishLoad(name);
      await vi.waitFor(
        async () => {
          const { indexed_vectors_count: indexed = 0 } = await client.getCollection(name);
          expect(indexed).toBeGreaterThan(500);
        },
        { timeout: 60_000, interval: 200 },
      );
      const [hit] = await store.search(name, { vector: axis(3), k: 30 });
      expect(hit?.payload).toEqual({ title: 'title of {"id":"near"}' });
      expect(hit?.score).toBeCloseTo(1, 5);
    },
  );

  it("indexes fields by their types, the tenant's as such, and new ones later", async () => {
    const { owner, year } = FEATURES.fields;
    await ensure({}, { features: { fields: { owner, year }, tenant: null, hybrid: true } });
    await write(open(), name, { upserts: [point({ payload: { owner: "me", year: 1965, "it's a $1": "yes" } })] });
    await ensure({}, { features: FEATURES });
    const { payload_schema: schema } = await client.getCollection(name);
    expect(schema).toMatchObject({
      owner: { data_type: "keyword", params: { is_tenant: true }, points: 1 },
      year: { data_type: "integer", points: 1 },
      price: { data_type: "float" },
      lent: { data_type: "bool" },
      '"it\'s a $1"': { data_type: "keyword", points: 1 },
    });
    expect(await open().describe(name)).toMatchObject({ features: FEATURES });
    await ensure({}, { features: { ...FEATURES, fields: { year: "keyword" }, tenant: null } });
    const { payload_schema: changed } = await client.getCollection(name);
    expect(changed).toMatchObject({ owner: { data_type: "keyword" }, year: { data_type: "keyword" } });
  });

  it("writes and searches where the server refuses what has no index", async () => {
    const store = open();
    await newCollection(store, { name, features: FEATURES });
    const strict = { enabled: true, unindexed_filtering_retrieve: false, unindexed_filtering_update: false };
    await client.updateCollection(name, { strict_mode_config: strict });
    const upserts = [point({ payload: { owner: "me", year: 1965, price: 9.5, lent: true, "it's a $1": "yes" } })];
    await write(store, name, { upserts });
    await write(store, name, { payloads: upserts, deletes: [{ id: randomUUID(), position: null }] });
    const position = { epoch: 1, commitLsn: 1n, seq: 0 };
    await store.deleteOlder(name, { table: "public.books", partition: 0, position }, () => undefined);
    const and = [
      { field: "owner", equals: "me" },
      { field: "year", range: { gt: 1900 } },
      { field: "price", in: [9.5, 5] },
      { not: { field: "lent", isNull: true } },
      { field: "it's a $1", equals: "yes" },
    ] as const;
    const request = { vector: axis(0), k: 1, text: "text", filter: { and } };
    expect(await store.search(name, request)).toHaveLength(1);
    const unindexed = { ...request, filter: { field: "title", equals: "x" } };
    await expect(store.search(name, unindexed)).rejects.toThrow(/Index required/);
  });

  it("goes on with a collection that an older version made", async () => {
    const { model } = VECTORS;
    await client.api().createCollection({
      collection_name: name,
      vectors: { size: model.dimensions, distance: "Cosine" },
      metadata: { _freshet: { model } },
    });
    await client.createPayloadIndex(name, { field_name: "_freshet.lsn", field_schema: "integer", wait: true });
    const store = open();
    await store.ensureCollection({ name, ...VECTORS });
    await write(store, name, { upserts: [point({ lsn: 5n }), point({ key: { id: 2 } })] });
    await write(store, name, { upserts: [point({ lsn: 4n, text: "older" })] });
    await store.finishLoad(name);
    expect((await configOf()).params.vectors).not.toHaveProperty("hnsw_config");
    const texts = (await store.search(name, { vector: axis(0), k: 2 })).map(({ text }) => text);
    expect(texts.sort()).toEqual(['text of {"id":1}', 'text of {"id":2}']);
    expect((await store.retrieve(name, [point().id])).get(point().id)?.vector).toHaveLength(model.dimensions);
  });

  it("keeps the language of a collection's terms", async () => {
    await ensure({ language: "german" }, { features: FEATURES });
    await write(open(), name, {
      upserts: [point({ text: "Die Häuser" }), point({ key: { id: 2 }, text: "Ein Baum" })],
    });
    const search = open().search(name, { vector: axis(0), k: 1, text: "Das Haus" });
    // More than the first place in one list gives.
    expect((await search)[0]?.score).toBeGreaterThan(1 / 60);
    await ensure({}, { features: FEATURES });
    await expect(ensure({ language: "english" }, { features: FEATURES })).rejects.toThrow(CollectionMismatchError);
    expect(await open().describe(name)).toEqual({ name, ...VECTORS, features: FEATURES });
  });
});
