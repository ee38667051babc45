import { chromaName } from "@freshet/vector-stores/chroma/collection";
import { fieldKey } from "@freshet/vector-stores/chroma/field";
import { toRecords } from "@freshet/vector-stores/chroma/point";
import { openChromaStore } from "@freshet/vector-stores/chroma/store";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import { startChromaServer } from "@freshet/vector-stores/testing/chroma-server";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import { ChromaClient, type Collection } from "chromadb";
import type { BareCollection, BareSearch, Subject } from "../subject.js";

const SETTINGS = [
  { points: 250, inFlight: 2 },
  { points: 1000, inFlight: 1 },
  { points: 1000, inFlight: 2 },
  { points: 2500, inFlight: 2 },
];
const TIMEOUT_MS = 60_000;
/** It builds its graph with each write: about a thousand a second. */
const POINTS = 20_000;

export async function openChroma(): Promise<Subject> {
  const server = await startChromaServer();
  const { url, apiKey } = server;
  const store = openChromaStore({ url, apiKey, requestTimeoutMs: TIMEOUT_MS });
  const { hostname, port, protocol } = new URL(url);
  const client = new ChromaClient({
    ...{ host: hostname, port: Number(port), ssl: protocol === "https:" },
    ...(apiKey === undefined ? {} : { headers: { "x-chroma-token": apiKey } }),
  });
  return {
    name: "chroma",
    store,
    points: POINTS,
    client: {
      name: "chromadb",
      settings: SETTINGS,
      open: async (spec) => {
        await store.ensureCollection(spec);
        const collection = await client.getCollection({ name: chromaName(spec.name) });
        return new BareChroma(store, collection, spec);
      },
    },
    // It grows with each write.
    indexed: () => Promise.resolve(),
    close: async () => {
      await store.close();
      await server.stop();
    },
  };
}

class BareChroma implements BareCollection {
  readonly #store: VectorStore;
  readonly #collection: Collection;
  readonly #spec: CollectionSpec;

  constructor(store: VectorStore, collection: Collection, spec: CollectionSpec) {
    this.#store = store;
    this.#collection = collection;
    this.#spec = spec;
  }

  async upsert(points: readonly Point[]): Promise<void> {
    const records = toRecords(points, this.#spec.features.fields);
    await this.#collection.upsert({
      ids: records.map(({ id }) => id),
      documents: records.map(({ document }) => document),
      metadatas: records.map(({ metadata }) => metadata),
      embeddings: points.map(({ vector }) => Array.from(vector)),
    });
  }

  finish(): Promise<void> {
    return this.#store.finishLoad(this.#spec.name);
  }

  async search({ vector, k, filter }: BareSearch): Promise<string[]> {
    const answer = await this.#collection.query({
      ...{ queryEmbeddings: [Array.from(vector)], nResults: k, include: ["metadatas", "documents", "distances"] },
      ...(filter ? { where: { [fieldKey(filter.field)]: filter.equals } } : {}),
    });
    return answer.ids[0] ?? [];
  }

  drop(): Promise<void> {
    return this.#store.drop(this.#spec.name);
  }
}
