import { isDeepStrictEqual } from "node:util";
import { loadBm25, type Bm25 } from "../bm25/bm25.js";
import type { Language } from "../bm25/language.js";
import { requireLanguage } from "../bm25/required-language.js";
import { requireCompatible } from "../collection-model.js";
import { narrowed } from "../narrowed-hits.js";
import { runInFlight } from "../in-flight.js";
import { withStoredVectors } from "../payload-updates.js";
import { refuseSearch } from "../refused-search.js";
import { slices } from "../slices.js";
import type { CollectionSpec } from "../collection-spec.js";
import type {
  BeforeWrite,
  PayloadUpdate,
  Point,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { creation, isOurs, metadataOf, requireVersion, storedCollection } from "./collection.js";
import { statusOf } from "./failure.js";
import { olderThan } from "./filter.js";
import { payloadIndexes } from "./payload-indexes.js";
import { METADATA_FIELDS, toMetadata, toPoint, toUpdate } from "./point.js";
import { searchQuery } from "./search-query.js";
import { QdrantServer, REQUESTS_IN_FLIGHT, type ServerOptions } from "./server.js";
import { changedSettings, graphToBuild } from "./settings.js";
import type { CollectionChanges, CollectionInfo, QdrantSettings } from "./settings.js";
import { deleteRequests, upsertRequests } from "./write-requests.js";

const IDS_PER_READ = 1024;
/** With their vectors. */
const POINTS_PER_READ = 128;
/** Of a hybrid collection the others are its terms. */
const DENSE = [""];
/** Answer when it is stored; otherwise the answer means only "received" (and the client's `delete` has that default). */
const STORED = { wait: true } as const;

export interface QdrantOptions extends ServerOptions, QdrantSettings {
  /** Of the texts of new hybrid collections; English unless given. */
  readonly language?: Language | undefined;
}

/** What searches and writes need, without asking each time. */
interface Known {
  readonly spec: CollectionSpec;
  /** Null when the collection isn't hybrid. */
  readonly bm25: Bm25 | null;
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
    anyField: true,
    listRanges: true,
    hybrid: true,
    // It refuses a request as a whole.
    namesRefused: false,
    deferredIndex: true,
  };
  readonly #server: QdrantServer;
  readonly #settings: QdrantSettings;
  readonly #language: Language | undefined;
  readonly #known = new Map<string, Known>();

  constructor({ url, apiKey, requestTimeoutMs, language, ...settings }: QdrantOptions) {
    this.#server = new QdrantServer({ url, apiKey, requestTimeoutMs });
    this.#settings = settings;
    this.#language = language;
  }

  async check(): Promise<string> {
    const { version } = await this.#server.ask((client) => client.versionInfo());
    requireVersion(version);
    await this.#server.ask((client) => client.getAliases());
    return `Qdrant ${version} answers at ${this.#server.url}.`;
  }

  async list(): Promise<string[]> {
    const { collections } = await this.#server.ask((client) => client.getCollections());
    const names: string[] = [];
    const tasks = collections.map(({ name }) => async () => {
      if (isOurs(await this.#server.infoOf(name))) names.push(name);
    });
    await runInFlight(REQUESTS_IN_FLIGHT, tasks);
    return names.sort();
  }

  async resolveAlias(alias: string): Promise<string | null> {
    const { aliases } = await this.#server.ask((client) => client.getAliases());
    return aliases.find(({ alias_name: name }) => name === alias)?.collection_name ?? null;
  }

  async describe(collection: string): Promise<CollectionSpec | null> {
    const info = await this.#server.infoOf(collection);
    return info && storedCollection(collection, info).spec;
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    const { version } = await this.#server.ask((client) => client.versionInfo());
    requireVersion(version);
    const indexes = payloadIndexes(spec.features);
    const info = (await this.#server.infoOf(spec.name)) ?? (await this.#create(spec));
    const stored = storedCollection(spec.name, info);
    requireCompatible(stored.spec, spec);
    requireLanguage(spec.name, stored.language, this.#language);
    this.#known.delete(spec.name);
    // Also for a collection that is there: whoever made it may have been stopped before this.
    for (const index of indexes) {
      await this.#server.ask((client) => client.createPayloadIndex(spec.name, { ...index, ...STORED }));
    }
    const wanted = {
      ...stored.spec,
      features: { ...spec.features, fields: { ...stored.spec.features.fields, ...spec.features.fields } },
      origin: spec.origin ?? stored.spec.origin,
    };
    const metadata = isDeepStrictEqual(wanted, stored.spec) ? {} : metadataOf({ ...stored, spec: wanted });
    await this.#change(spec.name, { ...changedSettings(info, this.#settings), ...metadata });
  }

  async #create(spec: CollectionSpec): Promise<CollectionInfo> {
    const language = spec.features.hybrid ? (this.#language ?? "english") : null;
    await this.#server.ask((client) =>
      client
        .api()
        .createCollection(creation({ spec, language }, this.#settings))
        .catch((error: unknown) => {
          // Another instance was quicker.
          if (statusOf(error) !== 409) throw error;
        }),
    );
    return this.#server.ask((client) => client.getCollection(spec.name));
  }

  async #change(collection: string, changes: CollectionChanges): Promise<void> {
    if (Object.keys(changes).length === 0) return;
    await this.#server.ask((client) => client.updateCollection(collection, changes));
  }

  async swapAlias(alias: string, collection: string): Promise<void> {
    const current = await this.resolveAlias(alias);
    const create = { create_alias: { alias_name: alias, collection_name: collection } };
    const actions = current === null ? [create] : [{ delete_alias: { alias_name: alias } }, create];
    await this.#server.ask((client) => client.updateCollectionAliases({ actions }));
  }

  async drop(collection: string): Promise<void> {
    await this.#server.ask((client) => client.deleteCollection(collection));
    this.#known.delete(collection);
  }

  async read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const found = new Map<string, PointMetadata>();
    for (const some of slices(ids, IDS_PER_READ)) {
      const records = await this.#server.ask((client) =>
        client.retrieve(collection, { ids: [...some], with_payload: METADATA_FIELDS, with_vector: false }),
      );
      for (const { id, payload } of records) found.set(String(id), toMetadata(payload));
    }
    return found;
  }

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const found = new Map<string, Point>();
    for (const some of slices(ids, POINTS_PER_READ)) {
      const records = await this.#server.ask((client) =>
        client.retrieve(collection, { ids: [...some], with_payload: true, with_vector: DENSE }),
      );
      for (const record of records) found.set(String(record.id), toPoint(record));
    }
    return found;
  }

  async apply(collection: string, { upserts, payloads, deletes }: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    await this.#upsert(collection, upserts, beforeWrite);
    await this.#updatePayloads(collection, payloads, beforeWrite);
    await this.#server.send(deleteRequests(deletes), beforeWrite, (client, request) =>
      client.delete(collection, { ...request, ...STORED }),
    );
  }

  async #upsert(collection: string, points: readonly Point[], beforeWrite: BeforeWrite): Promise<void> {
    if (points.length === 0) return;
    const { bm25 } = await this.#knownOf(collection);
    await this.#server.send(upsertRequests(points, bm25), beforeWrite, (client, request) =>
      client.upsert(collection, { ...request, ...STORED }),
    );
  }

  /**
   * As whole points: Qdrant's own payload updates are an operation for each point, and so take many times as long
   * (https://github.com/qdrant/qdrant-client/issues/616).
   */
  #updatePayloads(collection: string, payloads: readonly PayloadUpdate[], beforeWrite: BeforeWrite): Promise<void> {
    const tasks = [...slices(payloads, POINTS_PER_READ)].map((some) => async () => {
      const stored = await this.retrieve(
        collection,
        some.map(({ id }) => id),
      );
      await this.#upsert(collection, withStoredVectors(some, stored), beforeWrite);
    });
    return runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    await this.#server.send([{ filter: olderThan(rows) }], beforeWrite, (client, request) =>
      client.delete(collection, { ...request, ...STORED }),
    );
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const { spec, bm25 } = await this.#knownOf(collection);
    try {
      refuseSearch(request, spec);
      const terms = bm25 && request.text !== undefined ? bm25.query(request.text) : null;
      const query = searchQuery(request, terms, this.#settings);
      const { points } = await this.#server.ask((client) => client.query(collection, query));
      // Its Euclidean scores are the distances.
      const sign = spec.distance === "euclid" && terms === null ? -1 : 1;
      return narrowed(
        points.map((point) => ({ ...toUpdate(point), score: sign * point.score })),
        request,
      );
    } catch (error) {
      // It may have been dropped and made anew since.
      this.#known.delete(collection);
      throw error;
    }
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const { points, next_page_offset: next } = await this.#server.ask((client) =>
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
    const { count } = await this.#server.ask((client) => client.count(collection, { exact: true }));
    return count;
  }

  /** Qdrant builds the graph by itself from then on; until it is there a search looks at every point. */
  async finishLoad(collection: string, signal?: AbortSignal): Promise<void> {
    const info = await this.#server.ask((client) => client.getCollection(collection));
    signal?.throwIfAborted();
    await this.#change(collection, graphToBuild(info));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #knownOf(collection: string): Promise<Known> {
    let known = this.#known.get(collection);
    if (!known) {
      const info = await this.#server.ask((client) => client.getCollection(collection));
      const { spec, language } = storedCollection(collection, info);
      known = { spec, bm25: language === null ? null : await loadBm25(language) };
      this.#known.set(collection, known);
    }
    return known;
  }
}
