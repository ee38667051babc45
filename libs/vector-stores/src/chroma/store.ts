import { isDeepStrictEqual } from "node:util";
import { requireCompatible } from "../collection-model.js";
import type { CollectionSpec } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import { matches } from "../filter-match.js";
import { narrowed } from "../narrowed-hits.js";
import { fieldsOf } from "../payload-filter.js";
import { refuseVectors } from "../refused-vectors.js";
import { ScrollOrder } from "../scroll-order.js";
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
import { ChromaCatalog } from "./catalog.js";
import { ChromaConnection } from "./client.js";
import type { Hnsw } from "../hnsw.js";
import { toScore } from "./collection.js";
import { condition, olderThan, type Fields } from "./filter.js";
import { toHit, toMetadata, toPoint } from "./point.js";
import { ChromaPoints } from "./points.js";

const REQUEST_TIMEOUT_MS = 15_000;

export interface ChromaOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** `default_tenant` and `default_database` unless given; neither is made. */
  readonly tenant?: string | undefined;
  readonly database?: string | undefined;
  /** Of new collections; `efSearch` also of those that are there. */
  readonly hnsw?: Hnsw | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number | undefined;
}

/** Opening it asks nothing of the server. @throws when the URL has a path. */
export function openChromaStore(options: ChromaOptions): VectorStore {
  const { url, apiKey, tenant = "default_tenant", database = "default_database", hnsw = {} } = options;
  const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const connection = new ChromaConnection({ url, apiKey, tenant, database }, timeoutMs);
  return new ChromaStore(connection, hnsw);
}

class ChromaStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    // It has no conditional write.
    versionGuard: false,
    singleProcess: false,
    atomicAliasSwap: true,
    filters: true,
    // What isn't a field is in a point's JSON alone.
    anyField: false,
    listRanges: true,
    hybrid: false,
    namesRefused: true,
    deferredIndex: false,
  };
  readonly #connection: ChromaConnection;
  readonly #catalog: ChromaCatalog;
  readonly #hnsw: Hnsw;
  readonly #points = new Map<string, ChromaPoints>();
  readonly #scrolls = new ScrollOrder();

  constructor(connection: ChromaConnection, hnsw: Hnsw) {
    this.#connection = connection;
    this.#catalog = new ChromaCatalog(connection);
    this.#hnsw = hnsw;
  }

  async check(): Promise<string> {
    await this.#connection.requireDatabase();
    const { url, tenant, database } = this.#connection.address;
    return `Chroma answers at ${url}, with the database ${database} of ${tenant}.`;
  }

  list(): Promise<string[]> {
    return this.#catalog.names();
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#catalog.alias(alias);
  }

  async describe(collection: string): Promise<CollectionSpec | null> {
    return (await this.#find(collection))?.spec ?? null;
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    if (spec.features.hybrid) {
      throw new InputRefusedError(
        `Chroma's own server has no search by words beside vectors: take hybrid: true from the index of ${spec.name}.`,
      );
    }
    let points = await this.#find(spec.name);
    if (!points) {
      await this.#catalog.create(spec, this.#hnsw);
      points = await this.#collection(spec.name);
    }
    const stored = points.spec;
    requireCompatible(stored, spec);
    const fields: Fields = { ...stored.features.fields, ...spec.features.fields };
    const changed = Object.entries(fields).filter(([field, type]) => stored.features.fields[field] !== type);
    // Before they are promised: whoever is stopped between begins again.
    if (changed.length > 0) await points.fill(Object.fromEntries(changed));
    const wanted = { ...stored, features: { ...spec.features, fields }, origin: spec.origin ?? stored.origin };
    if (!isDeepStrictEqual(stored, wanted) || this.#hnsw.efSearch !== undefined) {
      await this.#catalog.change(wanted, this.#hnsw);
      this.#points.delete(spec.name);
    }
  }

  async swapAlias(alias: string, collection: string): Promise<void> {
    await this.#collection(collection);
    await this.#catalog.setAlias(alias, collection);
  }

  async drop(collection: string): Promise<void> {
    await this.#catalog.remove(collection);
    this.#forget(collection);
  }

  async read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const points = await this.#collection(collection);
    return new Map((await points.records(ids, ["metadatas"])).map((record) => [record.id, toMetadata(record)]));
  }

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const points = await this.#collection(collection);
    const records = await points.records(ids, ["metadatas", "documents", "embeddings"]);
    return new Map(records.map((record) => [record.id, toPoint(record)]));
  }

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const points = await this.#collection(collection);
    refuseVectors(batch.upserts, points.spec.model.dimensions);
    await points.upsert(batch.upserts, beforeWrite);
    await points.update(batch.payloads, beforeWrite);
    await points.delete(
      batch.deletes.map(({ id }) => id),
      beforeWrite,
    );
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    await (await this.#collection(collection)).deleteWhere(olderThan(rows), beforeWrite);
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const { filter, text, vector, k } = request;
    if (text !== undefined) throw new InputRefusedError("Chroma can't search by words: search without hybrid.");
    const points = await this.#collection(collection, filter ? fieldsOf(filter) : []);
    const { distance, features } = points.spec;
    const where = filter ? condition(filter, features.fields) : true;
    if (where === false) return [];
    // Where the condition let through what doesn't match, it asks for more until there are enough.
    for (let asked = k; ; asked *= 4) {
      const near = await points.nearest(vector, asked, where === true ? undefined : where);
      const hits = near.map(({ record, away }) => toHit(record, toScore(away, distance)));
      const matching = filter ? hits.filter(({ payload }) => matches(filter, payload)) : hits;
      if (matching.length >= k || near.length < asked) return narrowed(matching.slice(0, k), request);
    }
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const points = await this.#collection(collection);
    const listed = after !== null && this.#scrolls.has(collection) ? [] : await points.ids();
    const { ids, next } = this.#scrolls.page(collection, limit, after, () => listed);
    const found = new Map((await points.records(ids, ["metadatas"])).map((record) => [record.id, toMetadata(record)]));
    return {
      points: ids.flatMap((id) => {
        const metadata = found.get(id);
        return metadata ? [{ id, metadata }] : [];
      }),
      next,
    };
  }

  async count(collection: string): Promise<number> {
    return (await this.#collection(collection)).ask((points) => points.count());
  }

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** @param fields that it is to have, where another process may have added them. */
  async #collection(name: string, fields: readonly string[] = []): Promise<ChromaPoints> {
    const known = this.#points.get(name);
    if (known && fields.every((field) => Object.hasOwn(known.spec.features.fields, field))) return known;
    const found = await this.#find(name);
    if (!found) throw new Error(`Chroma at ${this.#connection.address.url} has no collection ${name}.`);
    return found;
  }

  async #find(name: string): Promise<ChromaPoints | null> {
    const known = await this.#catalog.find(name);
    if (!known) {
      this.#forget(name);
      return null;
    }
    const points = new ChromaPoints(this.#connection, known, () => this.#forget(name));
    this.#points.set(name, points);
    return points;
  }

  #forget(name: string): void {
    this.#points.delete(name);
    this.#scrolls.forget(name);
  }
}
