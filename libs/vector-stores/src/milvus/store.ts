import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import type { Language } from "../bm25/language.js";
import { runInFlight } from "../in-flight.js";
import { narrowed } from "../narrowed-hits.js";
import { refuseSearch } from "../refused-search.js";
import { refuseVectors } from "../refused-vectors.js";
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
  StoredPoint,
  VectorStore,
} from "../vector-store.js";
import { Catalog } from "./catalog.js";
import { requireVersion, toScore, type VectorIndexOptions } from "./collection.js";
import { Connection } from "./connection.js";
import { idAfter, idIn, olderThan } from "./filter.js";
import {
  ID_FIELDS,
  METADATA_FIELDS,
  POINT_FIELDS,
  toContent,
  toId,
  toPartialRow,
  toPoint,
  toRow,
  toStoredPoint,
} from "./point.js";
import { toResourceName } from "./resource-name.js";
import { hybridSearch, nearestSearch } from "./search-request.js";
import { rowsPerRequest } from "./request-size.js";
import { loadMilvusWords, type Words } from "./words.js";

const IDS_PER_READ = 1_000;
const POINTS_PER_READ = 100;
const REQUESTS_IN_FLIGHT = 3;
const REQUEST_TIMEOUT_MS = 15_000;
/** Of one answer: https://milvus.io/docs/limitations.md */
const MAX_ROWS_READ = 16_384;

export interface MilvusOptions extends VectorIndexOptions {
  /** `http://host:19530`, or https. */
  readonly url: string;
  /** A token, or `user:password`. */
  readonly apiKey?: string | undefined;
  /** Milvus' own unless given; it has to be there. */
  readonly database?: string | undefined;
  /** Of the texts of hybrid collections; what a collection has, and english for a new one, unless given. */
  readonly language?: Language | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number | undefined;
}

interface KnownCollection {
  readonly spec: CollectionSpec;
  /** Null when it isn't hybrid. */
  readonly words: Words | null;
}

/** Opening it asks nothing of the server, so that a service can start before it. */
export function openMilvusStore(options: MilvusOptions): VectorStore {
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  return new MilvusStore(new Connection({ ...options, requestTimeoutMs }), options);
}

class MilvusStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    // Milvus has no conditional write.
    versionGuard: false,
    singleProcess: false,
    atomicAliasSwap: true,
    filters: true,
    anyField: true,
    listRanges: false,
    hybrid: true,
    // It refuses a request as a whole.
    namesRefused: false,
    // It indexes what it has enough of by itself, while it is written.
    deferredIndex: false,
  };
  readonly #connection: Connection;
  readonly #catalog: Catalog;
  readonly #efSearch: number | undefined;
  /** What a search needs of them never changes. */
  readonly #known = new Map<string, KnownCollection>();

  constructor(connection: Connection, { hnsw, quantization, language }: MilvusOptions) {
    this.#connection = connection;
    this.#catalog = new Catalog(this.#connection, { hnsw, quantization, language });
    this.#efSearch = hnsw?.efSearch;
  }

  async check(): Promise<string> {
    const { version } = await this.#ask((client) => client.getVersion());
    requireVersion(version);
    await this.#ask((client) => client.showCollections());
    return `Milvus ${version} answers at ${this.#connection.url}.`;
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
    await this.#catalog.ensure(spec);
    // Somebody may have made it anew.
    this.#known.delete(spec.name);
  }

  swapAlias(alias: string, collection: string): Promise<void> {
    return this.#catalog.setAlias(alias, collection);
  }

  async drop(collection: string): Promise<void> {
    this.#known.delete(collection);
    await this.#catalog.remove(collection);
  }

  async read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const rows = await this.#byId(collection, ids, { fields: METADATA_FIELDS, of: toStoredPoint });
    return new Map(rows.map(({ id, metadata }) => [id, metadata]));
  }

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const points = await this.#byId(collection, ids, { fields: POINT_FIELDS, of: toPoint, size: POINTS_PER_READ });
    return new Map(points.map((point) => [point.id, point]));
  }

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const { upserts, payloads, deletes } = batch;
    const { spec, words } = await this.#collection(collection);
    const { model, features } = spec;
    const row = { tenant: features.tenant, words };
    const target = { collection_name: toResourceName(collection), timeout: this.#connection.timeoutMs };
    const size = rowsPerRequest(model.dimensions);
    refuseVectors(upserts, model.dimensions);
    await this.#write(upserts, { size, beforeWrite }, (client, points) =>
      client.upsert({ ...target, data: points.map((point) => toRow(point, row)) }),
    );
    await this.#write(await this.#existing(collection, payloads), { size, beforeWrite }, (client, updates) =>
      client.upsert({
        ...target,
        partial_update: true,
        data: updates.map((update) => toPartialRow(update, row)),
      }),
    );
    await this.#write(deletes, { size: IDS_PER_READ, beforeWrite }, (client, some) =>
      client.deleteEntities({ ...target, filter: idIn(some.map(({ id }) => id)) }),
    );
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    beforeWrite(this.#connection.timeoutMs);
    const collection_name = toResourceName(collection);
    await this.#ask((client) => client.deleteEntities({ collection_name, filter: olderThan(rows) }));
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const { spec, words } = await this.#collection(collection);
    refuseSearch(request, spec);
    // Without a word there is nothing to fuse.
    const asked = request.text === undefined ? "" : (words?.(request.text) ?? "");
    const options = { spec, efSearch: this.#efSearch };
    const { results } = await (asked === ""
      ? this.#ask((client) => client.search(nearestSearch(request, options)))
      : this.#ask((client) => client.hybridSearch(hybridSearch(request, asked, options))));
    const hits = results.map(({ score, ...row }) => ({
      ...toContent(row),
      score: asked === "" ? toScore(score, spec.distance) : score,
    }));
    return narrowed(hits, request);
  }

  /** An answer may be shorter than it could be, and isn't the last one for that: only an empty one is. */
  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const wanted = Math.min(limit + 1, MAX_ROWS_READ);
    const points: StoredPoint[] = [];
    let some: StoredPoint[];
    do {
      const rows = await this.#query(collection, {
        filter: idAfter(points.at(-1)?.id ?? after),
        limit: wanted - points.length,
        // By id; without it Milvus answers with any that match.
        params: { iterator: true },
        output_fields: METADATA_FIELDS,
      });
      some = rows.map(toStoredPoint);
      points.push(...some);
    } while (some.length > 0 && points.length < wanted);
    const page = points.slice(0, wanted - 1);
    return { points: page, next: points.length === wanted ? (page.at(-1)?.id ?? null) : null };
  }

  async count(collection: string): Promise<number> {
    const [row] = await this.#query(collection, { output_fields: ["count(*)"] });
    return Number(row?.["count(*)"]);
  }

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** A partial update of a point that isn't there would fail, and with it those beside it. */
  async #existing(collection: string, payloads: readonly PayloadUpdate[]): Promise<PayloadUpdate[]> {
    const ids = payloads.map(({ id }) => id);
    const there = new Set(await this.#byId(collection, ids, { fields: ID_FIELDS, of: toId }));
    return payloads.filter(({ id }) => there.has(id));
  }

  async #byId<T>(
    collection: string,
    ids: readonly string[],
    { fields, of, size = IDS_PER_READ }: { fields: string[]; of: (row: unknown) => T; size?: number },
  ): Promise<T[]> {
    const found: T[] = [];
    for (const some of slices([...new Set(ids)], size)) {
      const rows = await this.#query(collection, { filter: idIn(some), output_fields: fields });
      found.push(...rows.map(of));
    }
    return found;
  }

  /** Milvus waits until what was written before is there, unless a query asks for less. */
  async #query(
    collection: string,
    query: Omit<Parameters<MilvusClient["query"]>[0], "collection_name" | "expr">,
  ): Promise<Record<string, unknown>[]> {
    const collection_name = toResourceName(collection);
    return (await this.#ask((client) => client.query({ collection_name, ...query }))).data;
  }

  #write<T>(
    items: readonly T[],
    { size, beforeWrite }: { size: number; beforeWrite: BeforeWrite },
    send: (client: MilvusClient, items: readonly T[]) => Promise<unknown>,
  ): Promise<void> {
    const tasks = [...slices(items, size)].map((some) => () => {
      beforeWrite(this.#connection.timeoutMs);
      return this.#ask((client) => send(client, some));
    });
    return runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }

  async #collection(name: string): Promise<KnownCollection> {
    let known = this.#known.get(name);
    if (!known) {
      const stored = await this.#catalog.collection(name);
      if (!stored) {
        throw new Error(
          `Milvus at ${this.#connection.url} has no collection ${name}; take a snapshot of its table ` +
            `(\`freshet snapshot\`) to fill a new one.`,
        );
      }
      const { spec, language } = stored;
      known = { spec, words: language === null ? null : await loadMilvusWords(language) };
      this.#known.set(name, known);
    }
    return known;
  }

  #ask<T>(request: (client: MilvusClient) => Promise<T>): Promise<T> {
    return this.#connection.ask(request);
  }
}
