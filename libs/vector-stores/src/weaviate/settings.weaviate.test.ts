import { env } from "node:process";
import { describe, expect, it } from "vitest";
import weaviate from "weaviate-client";
import { NO_FEATURES } from "../collection-spec.js";
import { axis, newCollection, point, VECTORS, write } from "../contract/sample.js";
import { CollectionMismatchError } from "../errors.js";
import { toResourceName } from "./resource-name.js";
import { openWeaviateStore, type WeaviateOptions } from "./store.js";

const url = env["FRESHET_WEAVIATE_URL"] ?? "";
const grpcUrl = env["FRESHET_WEAVIATE_GRPC_URL"] ?? "http://127.0.0.1:50051";
const apiKey = env["FRESHET_WEAVIATE_API_KEY"];
const open = (options: Partial<WeaviateOptions> = {}) => openWeaviateStore({ url, grpcUrl, apiKey, ...options });

async function indexOf(name: string): Promise<unknown> {
  const { hostname, port } = new URL(url);
  const client = await weaviate.connectToCustom({
    httpHost: hostname,
    httpPort: Number(port),
    grpcHost: new URL(grpcUrl).hostname,
    grpcPort: Number(new URL(grpcUrl).port),
    ...(apiKey === undefined ? {} : { authCredentials: new weaviate.ApiKey(apiKey) }),
  });
  const { vectorizers } = await client.collections.export(toResourceName(name));
  await client.close();
  return Object.values(vectorizers)[0]?.indexConfig;
}

describe.skipIf(!url)("at FRESHET_WEAVIATE_URL", () => {
  it.each(["bq", "sq", "pq", "rq"] as const)(
    "makes collections whose vectors are quantized by %s",
    async (quantization) => {
      const store = await open({ quantization });
      const name = await newCollection(store);
      expect(await indexOf(name)).toMatchObject({ quantizer: { type: quantization } });
      const upserts = [point({ vector: axis(1) })];
      await write(store, name, { upserts });
      expect(await store.search(name, { vector: axis(1), k: 1 })).toMatchObject([{ id: upserts[0]?.id }]);
      await store.drop(name);
      await store.close();
    },
  );

  it("makes collections with the graph's settings, and no quantization for none", async () => {
    const store = await open({ hnsw: { m: 8, efConstruction: 60, efSearch: 70 }, quantization: "none" });
    const name = await newCollection(store);
    const index = await indexOf(name);
    expect(index).toMatchObject({ maxConnections: 8, efConstruction: 60, ef: 70 });
    expect(index).not.toHaveProperty("quantizer.type");
    await store.drop(name);
    await store.close();
  });

  it("asks on where lists that don't match are nearer, and takes thousands of values", async () => {
    const store = await open();
    const name = await newCollection(store, {
      features: { ...NO_FEATURES, fields: { tags: "keyword", sizes: "integer" } },
    });
    const near = Array.from({ length: 60 }, (_, id) =>
      point({ key: { id }, vector: axis(0, id / 100), payload: { sizes: [1, 9] } }),
    );
    const far = point({ key: { id: "far" }, vector: axis(3), payload: { tags: [" a ", "tag 1999"], sizes: [5, 20] } });
    await write(store, name, { upserts: [...near, far] });
    const found = async (filter: Parameters<typeof store.search>[1]["filter"]) =>
      (await store.search(name, { vector: axis(0), k: 2, filter })).map(({ id }) => id);
    expect(await found({ field: "sizes", range: { gt: 1, lt: 9 } })).toEqual([far.id]);
    expect(await found({ field: "tags", in: Array.from({ length: 2_000 }, (_, tag) => `tag ${tag}`) })).toEqual([
      far.id,
    ]);
    expect(await found({ field: "tags", equals: " a " })).toEqual([far.id]);
    expect(await found({ field: "tags", equals: "a" })).toEqual([]);
    await store.drop(name);
    await store.close();
  });

  it("refuses another type of a column that is there, with the cure", async () => {
    const store = await open();
    const name = await newCollection(store, { features: { ...NO_FEATURES, fields: { year: "integer" } } });
    const features = { ...NO_FEATURES, fields: { year: "keyword" } } as const;
    const refused = store.ensureCollection({ name, ...VECTORS, features });
    await expect(refused).rejects.toThrow(CollectionMismatchError);
    await expect(refused).rejects.toThrow(/set the column's type back to integer/);
    await store.drop(name);
    await store.close();
  });
});
