import { StoreUnavailableError } from "../errors.js";
import { narrowed } from "../narrowed-hits.js";
import { matches } from "../filter-match.js";
import { fieldsOf } from "../payload-filter.js";
import { refuseSearch } from "../refused-search.js";
import { refuseVectors } from "../refused-vectors.js";
import type { CollectionSpec } from "../collection-spec.js";
import type {
  BeforeWrite,
  Point,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { Catalog, type CatalogOptions } from "./catalog.js";
import type { StoredCollection } from "./collection.js";
import { Connection } from "./connection.js";
import { condition, olderThan } from "./filter.js";
import { CONTENT_PROPERTIES, METADATA_PROPERTIES, toContent, toMetadata, toPoint } from "./point.js";
import { Points, type Consistency } from "./points.js";

const REQUEST_TIMEOUT_MS = 15_000;
/** Of one answer: QUERY_MAXIMUM_RESULTS of the server, unless it is set otherwise. */
const MAX_ROWS_READ = 10_000;
const POINTS_PER_FILL = 200;

export interface WeaviateOptions extends CatalogOptions {
  /** `http://host:8080`, or https. */
  readonly url: string;
  /** `http://host:50051`, or https. */
  readonly grpcUrl: string;
  readonly apiKey?: string | undefined;
  /** How many replicas answer a read and a write; `quorum` unless given, so that a read finds what was written. */
  readonly consistency?: "one" | "quorum" | "all" | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number | undefined;
}

const LEVELS = { one: "ONE", quorum: "QUORUM", all: "ALL" } as const;

/** Opening it asks nothing of the server, so that a service can start before it. @throws {MissingClientError} */
export async function openWeaviateStore(options: WeaviateOptions): Promise<VectorStore> {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  return new WeaviateStore(await Connection.open({ ...options, requestTimeoutMs }), options);
}

class WeaviateStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    // Weaviate has no conditional write.
    versionGuard: false,
    singleProcess: false,
    atomicAliasSwap: true,
    filters: true,
    // What isn't a field is in a point's JSON alone.
    anyField: false,
    listRanges: true,
    hybrid: true,
    namesRefused: true,
    deferredIndex: false,
  };
  readonly #connection: Connection;
  readonly #catalog: Catalog;
  readonly #consistency: Consistency;
  readonly #points = new Map<string, Points>();

  constructor(connection: Connection, options: WeaviateOptions) {
    this.#connection = connection;
    this.#catalog = new Catalog(connection, options);
    this.#consistency = LEVELS[options.consistency ?? "quorum"];
  }

  async check(): Promise<string> {
    const version = await this.#catalog.requireVersion();
    // Whether the key lets it in.
    await this.#catalog.list();
    return `Weaviate ${version} answers at ${this.#connection.url}.`;
  }

  list(): Promise<string[]> {
    return this.#catalog.list();
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#catalog.alias(alias);
  }

  async describe(collection: string): Promise<CollectionSpec | null> {
    return (await this.#catalog.collection(collection))?.spec ?? null;
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    await this.#catalog.ensure(spec, (made) => this.#fill(made));
    this.#points.delete(spec.name);
  }

  swapAlias(alias: string, collection: string): Promise<void> {
    return this.#in(collection, () => this.#catalog.setAlias(alias, collection));
  }

  async drop(collection: string): Promise<void> {
    this.#points.delete(collection);
    await this.#catalog.remove(collection);
  }

  read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    return this.#in(collection, async (points) => {
      const found = await points.byIds(ids, { properties: METADATA_PROPERTIES });
      return new Map(found.map((object) => [object.uuid, toMetadata(object)]));
    });
  }

  retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    return this.#in(collection, async (points) => {
      const found = await points.byIds(ids, { properties: CONTENT_PROPERTIES, vectors: true });
      return new Map(found.map((object) => [object.uuid, toPoint(object)]));
    });
  }

  apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    return this.#in(collection, async (points) => {
      refuseVectors(batch.upserts, points.stored.spec.model.dimensions);
      await points.upsert(batch.upserts, beforeWrite);
      await points.update(batch.payloads, beforeWrite);
      await points.delete(
        batch.deletes.map(({ id }) => id),
        beforeWrite,
      );
    });
  }

  deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    return this.#in(collection, (points) => points.deleteWhere(olderThan(rows), beforeWrite));
  }

  search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const { filter, k } = request;
    return this.#in(collection, async (known) => {
      const points = await this.#having(known, filter ? fieldsOf(filter) : []);
      const { spec } = points.stored;
      refuseSearch(request, spec);
      const where = filter ? condition(filter, spec.features.fields) : true;
      if (where === false) return [];
      // Where the condition let through what doesn't match, it asks for more until there are enough.
      for (let asked = Math.min(k, MAX_ROWS_READ); ; asked = Math.min(asked * 4, MAX_ROWS_READ)) {
        const found = await points.search({ ...request, k: asked }, where === true ? undefined : where);
        const hits = found.map(({ object, score }) => ({ ...toContent(object), score }));
        const matching = filter ? hits.filter(({ payload }) => matches(filter, payload)) : hits;
        if (matching.length >= k || found.length < asked || asked === MAX_ROWS_READ) {
          return narrowed(matching.slice(0, k), request);
        }
      }
    });
  }

  scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    return this.#in(collection, async (points) => {
      const wanted = Math.min(limit + 1, MAX_ROWS_READ);
      const found = await points.after(after, wanted);
      const page = found.slice(0, wanted - 1).map((object) => ({ id: object.uuid, metadata: toMetadata(object) }));
      return { points: page, next: found.length === wanted ? (page.at(-1)?.id ?? null) : null };
    });
  }

  count(collection: string): Promise<number> {
    return this.#in(collection, (points) => points.count());
  }

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** What is there is written anew, with the fields that it lacks. */
  async #fill(made: StoredCollection): Promise<void> {
    const points = await Points.of(this.#connection, made, this.#consistency);
    let after: string | null = null;
    do {
      const some = await points.after(after, POINTS_PER_FILL, true);
      await points.upsert(some.map(toPoint), () => undefined);
      after = some.at(-1)?.uuid ?? null;
    } while (after !== null);
  }

  /** @param fields that it is to have, where another process may have added them. */
  async #having(known: Points, fields: readonly string[]): Promise<Points> {
    const { name, features } = known.stored.spec;
    if (fields.every((field) => Object.hasOwn(features.fields, field))) return known;
    this.#points.delete(name);
    return this.#known(name);
  }

  /** What fails because the collection is gone says so. */
  async #in<T>(name: string, use: (points: Points) => Promise<T>): Promise<T> {
    const points = await this.#known(name);
    try {
      return await use(points);
    } catch (error) {
      // With a cause, no answer came; asking once more would take as long again.
      if (error instanceof StoreUnavailableError && error.cause !== undefined) throw error;
      const isThere = await this.#catalog.collection(name).catch(() => true);
      if (isThere) throw error;
      this.#points.delete(name);
      throw this.#missing(name, error);
    }
  }

  async #known(name: string): Promise<Points> {
    const known = this.#points.get(name);
    if (known) return known;
    const stored = await this.#catalog.collection(name);
    if (!stored) throw this.#missing(name);
    const points = await Points.of(this.#connection, stored, this.#consistency);
    this.#points.set(name, points);
    return points;
  }

  #missing(name: string, cause?: unknown): Error {
    return new Error(
      `Weaviate at ${this.#connection.url} has no collection ${name}; take a snapshot of its table ` +
        `(\`freshet snapshot\`) to fill a new one.`,
      { cause },
    );
  }
}
