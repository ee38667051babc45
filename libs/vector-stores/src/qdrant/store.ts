import { QdrantClient } from "@qdrant/js-client-rest";
import { requireSameVectors } from "../collection-model.js";
import { narrowed } from "../narrowed-hits.js";
import { runInFlight } from "../in-flight.js";
import { slices } from "../slices.js";
import type {
  BeforeWrite,
  CollectionSpec,
  Distance,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { creation, PAYLOAD_INDEXES, requireVersion, specOf } from "./collection.js";
import { statusOf, toStoreError } from "./failure.js";
import { toQdrantFilter } from "./column-filter.js";
import { olderThan } from "./filter.js";
import { METADATA_FIELDS, toHit, toMetadata } from "./point.js";
import { deleteRequests, payloadRequests, upsertRequests } from "./write-requests.js";

const IDS_PER_READ = 1024;
const REQUESTS_IN_FLIGHT = 3;
const REQUEST_TIMEOUT_MS = 15_000;
/** Answer when it is stored; otherwise the answer means only "received" (and the client's `delete` has that default). */
const STORED = { wait: true } as const;

export interface QdrantOptions {
  readonly url: string;
  readonly apiKey?: string;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number;
}

/** Opening it asks nothing of the server, so that a service can start before it. */
export function openQdrantStore(options: QdrantOptions): VectorStore {
  return new QdrantStore(options);
}

class QdrantStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    versionGuard: true,
    singleProcess: false,
    atomicAliasSwap: true,
    filters: true,
    // It refuses a request as a whole.
    namesRefused: false,
    deferredIndex: false,
  };
  readonly #client: QdrantClient;
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #distances = new Map<string, Distance>();

  constructor({ url, apiKey, requestTimeoutMs = REQUEST_TIMEOUT_MS }: QdrantOptions) {
    this.#url = url;
    this.#timeoutMs = requestTimeoutMs;
    this.#client = new QdrantClient({
      url,
      timeout: requestTimeoutMs,
      // It would print to the console; see requireVersion.
      checkCompatibility: false,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  }

  async resolveAlias(alias: string): Promise<string | null> {
    const { aliases } = await this.#ask((client) => client.getAliases());
    return aliases.find(({ alias_name: name }) => name === alias)?.collection_name ?? null;
  }

  describe(collection: string): Promise<CollectionSpec | null> {
    return this.#ask(async (client) => {
      const info = await client.getCollection(collection).catch((error: unknown) => {
        if (statusOf(error) === 404) return null;
        throw error;
      });
      return info && specOf(collection, info);
    });
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    const { version } = await this.#ask((client) => client.versionInfo());
    requireVersion(version);
    const stored = (await this.describe(spec.name)) ?? (await this.#create(spec));
    requireSameVectors(stored, spec);
    // Also for a collection that is there: whoever made it may have been stopped before this.
    for (const index of PAYLOAD_INDEXES) {
      await this.#ask((client) => client.createPayloadIndex(spec.name, { ...index, ...STORED }));
    }
  }

  async #create(spec: CollectionSpec): Promise<CollectionSpec> {
    await this.#ask((client) =>
      client
        .api()
        .createCollection(creation(spec))
        .catch((error: unknown) => {
          // Another instance was quicker.
          if (statusOf(error) !== 409) throw error;
        }),
    );
    return (await this.describe(spec.name)) ?? spec;
  }

  async swapAlias(alias: string, collection: string): Promise<void> {
    const current = await this.resolveAlias(alias);
    const create = { create_alias: { alias_name: alias, collection_name: collection } };
    const actions = current === null ? [create] : [{ delete_alias: { alias_name: alias } }, create];
    await this.#ask((client) => client.updateCollectionAliases({ actions }));
  }

  async drop(collection: string): Promise<void> {
    await this.#ask((client) => client.deleteCollection(collection));
    this.#distances.delete(collection);
  }

  async read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const found = new Map<string, PointMetadata>();
    for (const some of slices(ids, IDS_PER_READ)) {
      const records = await this.#ask((client) =>
        client.retrieve(collection, { ids: [...some], with_payload: METADATA_FIELDS, with_vector: false }),
      );
      for (const { id, payload } of records) found.set(String(id), toMetadata(payload));
    }
    return found;
  }

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    await this.#send(upsertRequests(batch.upserts), beforeWrite, (client, request) =>
      client.upsert(collection, { ...request, ...STORED }),
    );
    await this.#send(payloadRequests(batch), beforeWrite, (client, request) =>
      client.batchUpdate(collection, { ...request, ...STORED }),
    );
    await this.#send(deleteRequests(batch), beforeWrite, (client, request) =>
      client.delete(collection, { ...request, ...STORED }),
    );
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    await this.#send([{ filter: olderThan(rows) }], beforeWrite, (client, request) =>
      client.delete(collection, { ...request, ...STORED }),
    );
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const { points } = await this.#ask((client) =>
      client.query(collection, {
        query: Array.from(request.vector),
        limit: request.k,
        with_payload: true,
        ...(request.filter ? { filter: toQdrantFilter(request.filter) } : {}),
      }),
    );
    const distance = await this.#distanceOf(collection);
    const hits = points.map(({ id, score, payload }) =>
      // Its Euclidean scores are the distances.
      toHit(String(id), distance === "euclid" ? -score : score, payload as Record<string, unknown>),
    );
    return narrowed(hits, request);
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const { points, next_page_offset: next } = await this.#ask((client) =>
      client.scroll(collection, {
        limit,
        ...(after === null ? {} : { offset: after }),
        with_payload: METADATA_FIELDS,
        with_vector: false,
      }),
    );
    return {
      points: points.map(({ id, payload }) => ({ id: String(id), metadata: toMetadata(payload) })),
      next: typeof next === "string" ? next : null,
    };
  }

  async count(collection: string): Promise<number> {
    const { count } = await this.#ask((client) => client.count(collection, { exact: true }));
    return count;
  }

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** A collection never changes its distance. */
  async #distanceOf(collection: string): Promise<Distance | undefined> {
    const known = this.#distances.get(collection) ?? (await this.describe(collection))?.distance;
    if (known) this.#distances.set(collection, known);
    return known;
  }

  #send<R>(
    requests: Iterable<R>,
    beforeWrite: BeforeWrite,
    send: (client: QdrantClient, request: R) => Promise<unknown>,
  ): Promise<void> {
    const tasks = (function* (store: QdrantStore) {
      for (const request of requests) {
        yield () => {
          beforeWrite(store.#timeoutMs);
          return store.#ask((client) => send(client, request));
        };
      }
    })(this);
    return runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }

  async #ask<T>(request: (client: QdrantClient) => Promise<T>): Promise<T> {
    try {
      return await request(this.#client);
    } catch (error) {
      throw toStoreError(error, this.#url);
    }
  }
}
