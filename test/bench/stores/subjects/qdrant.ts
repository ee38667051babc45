import { QdrantClient } from "@qdrant/js-client-rest";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import { toPayload } from "@freshet/vector-stores/qdrant/point";
import { openQdrantStore } from "@freshet/vector-stores/qdrant/store";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import { until } from "../../../support/until.js";
import type { BareCollection, BareSearch, Subject } from "../subject.js";

const SETTINGS = [
  { points: 64, inFlight: 4 },
  { points: 128, inFlight: 2 },
  { points: 128, inFlight: 4 },
  { points: 256, inFlight: 2 },
  { points: 256, inFlight: 4 },
  { points: 512, inFlight: 3 },
];
const TIMEOUT_MS = 60_000;
const INDEX_TIMEOUT_MS = 1_200_000;

export interface QdrantPlace {
  readonly url: string;
  readonly apiKey?: string | undefined;
}

export function openQdrant({ url, apiKey }: QdrantPlace): Promise<Subject> {
  const store = openQdrantStore({ url, apiKey, requestTimeoutMs: TIMEOUT_MS });
  const client = new QdrantClient({
    ...{ url, timeout: TIMEOUT_MS, checkCompatibility: false },
    ...(apiKey === undefined ? {} : { apiKey }),
  });
  const indexed = async (collection: string) => {
    const isGreen = async () => (await client.getCollection(collection)).status === "green";
    await until(isGreen, { what: `Qdrant's index of ${collection} is built`, timeoutMs: INDEX_TIMEOUT_MS });
  };
  return Promise.resolve({
    name: "qdrant",
    store,
    client: {
      name: "@qdrant/js-client-rest",
      settings: SETTINGS,
      open: async (spec: CollectionSpec) => {
        await store.ensureCollection(spec);
        return new BareQdrant(client, store, spec.name);
      },
    },
    indexed,
    close: () => store.close(),
  });
}

class BareQdrant implements BareCollection {
  readonly #client: QdrantClient;
  readonly #store: VectorStore;
  readonly #name: string;

  constructor(client: QdrantClient, store: VectorStore, name: string) {
    this.#client = client;
    this.#store = store;
    this.#name = name;
  }

  async upsert(points: readonly Point[]): Promise<void> {
    await this.#client.upsert(this.#name, {
      wait: true,
      points: points.map((point) => ({
        id: point.id,
        vector: Array.from(point.vector),
        payload: toPayload(point),
      })),
    });
  }

  finish(): Promise<void> {
    return this.#store.finishLoad(this.#name);
  }

  async search({ vector, k, filter }: BareSearch): Promise<string[]> {
    const { points } = await this.#client.query(this.#name, {
      query: Array.from(vector),
      limit: k,
      with_payload: true,
      ...(filter ? { filter: { must: [{ key: filter.field, match: { value: filter.equals } }] } } : {}),
    });
    return points.map(({ id }) => String(id));
  }

  drop(): Promise<void> {
    return this.#store.drop(this.#name);
  }
}
