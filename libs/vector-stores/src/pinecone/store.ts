import { Pinecone, type PineconeRecord } from "@pinecone-database/pinecone";
import { runInFlight } from "../in-flight.js";
import { narrowed } from "../narrowed-hits.js";
import { refuseSearch } from "../refused-search.js";
import { refuseVectors } from "../refused-vectors.js";
import { slices } from "../slices.js";
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
  StoredPoint,
  VectorStore,
} from "../vector-store.js";
import { Catalog, toScore, type OpenCollection } from "./catalog.js";
import { toStoreError } from "./failure.js";
import { Freshness } from "./freshness.js";
import { olderThan, toPineconeFilter } from "./filter.js";
import { toContent, toPoint, toRecord, toRecordMetadata, toStoredPoint } from "./point.js";
import { upsertBatches } from "./upsert-batches.js";

/** The ids of a fetch are in its address. */
const IDS_PER_FETCH = 100;
const IDS_PER_DELETE = 1_000;
const IDS_PER_PAGE = 100;
const REQUESTS_IN_FLIGHT = 4;
/** An update is of one record. */
const UPDATES_IN_FLIGHT = 16;
const REQUEST_TIMEOUT_MS = 15_000;
const READY_TIMEOUT_MS = 120_000;

export interface PineconeOptions {
  /** Another control plane than Pinecone's: an emulator's `http://host:port`. */
  readonly url?: string | undefined;
  readonly apiKey?: string | undefined;
  /** `aws` unless given. */
  readonly cloud?: "aws" | "gcp" | "azure" | undefined;
  /** `us-east-1` unless given. */
  readonly region?: string | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number | undefined;
}

/** Opening it asks nothing of Pinecone. @throws without a key. */
export function openPineconeStore(options: PineconeOptions): VectorStore {
  const { url, apiKey, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
  if (apiKey === undefined) throw new Error("Pinecone asks for an API key; set FRESHET_PINECONE_API_KEY.");
  const freshness = new Freshness();
  const client = new Pinecone({
    apiKey,
    // Each attempt would have the whole time-out anew; whoever asks tries again by its own rules.
    maxRetries: 0,
    fetchApi: async (input: string | URL | Request, init?: RequestInit) => {
      const response = await fetch(input, { ...init, signal: AbortSignal.timeout(requestTimeoutMs) });
      freshness.observe(new URL(response.url).host, response.headers);
      return response;
    },
    ...(url === undefined ? {} : { controllerHostUrl: url }),
  });
  return new PineconeStore(client, freshness, { ...options, requestTimeoutMs });
}

class PineconeStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    versionGuard: false,
    singleProcess: false,
    // Made of two requests.
    atomicAliasSwap: false,
    filters: true,
    anyField: false,
    listRanges: false,
    hybrid: false,
    // It refuses a request as a whole.
    namesRefused: false,
    deferredIndex: false,
  };
  readonly #client: Pinecone;
  readonly #freshness: Freshness;
  readonly #catalog: Catalog;
  readonly #timeoutMs: number;
  readonly #place: string;
  readonly #open = new Map<string, OpenCollection>();

  constructor(
    client: Pinecone,
    freshness: Freshness,
    options: PineconeOptions & { readonly requestTimeoutMs: number },
  ) {
    const { url, cloud = "aws", region = "us-east-1", requestTimeoutMs } = options;
    this.#client = client;
    this.#freshness = freshness;
    this.#timeoutMs = requestTimeoutMs;
    this.#place = url ?? `${cloud} ${region}`;
    this.#catalog = new Catalog((request) => this.#ask(request(this.#client)), {
      cloud,
      region,
      readyTimeoutMs: READY_TIMEOUT_MS,
      plain: url?.startsWith("http://") ?? false,
    });
  }

  async check(): Promise<string> {
    const collections = await this.#catalog.list();
    return `Pinecone answers, with ${collections.length} collections of Freshet's; new ones go to ${this.#place}.`;
  }

  async list(): Promise<string[]> {
    return (await this.#catalog.list()).map(({ name }) => name);
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#catalog.alias(alias);
  }

  describe(collection: string): Promise<CollectionSpec | null> {
    return this.#catalog.find(collection);
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    await this.#catalog.ensure(spec);
    // Somebody may have made it anew.
    this.#open.delete(spec.name);
  }

  swapAlias(alias: string, collection: string): Promise<void> {
    return this.#catalog.setAlias(alias, collection);
  }

  async drop(collection: string): Promise<void> {
    this.#open.delete(collection);
    await this.#catalog.remove(collection);
  }

  async read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const records = await this.#fetch(collection, ids);
    return new Map(records.map(toStoredPoint).map(({ id, metadata }) => [id, metadata]));
  }

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const records = await this.#fetch(collection, ids);
    return new Map(records.map((record) => [record.id, toPoint(record)]));
  }

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const { index, spec } = await this.#collection(collection);
    const { fields } = spec.features;
    refuseVectors(batch.upserts, spec.model.dimensions);
    const write = (request: () => Promise<void>) => () => {
      beforeWrite(this.#timeoutMs);
      return this.#ask(request());
    };
    const records = batch.upserts.map((point) => toRecord(point, fields));
    await runInFlight(
      REQUESTS_IN_FLIGHT,
      [...upsertBatches(records)].map((some) => write(() => index.upsert({ records: some }))),
    );
    // One that isn't there stays away, and one that was just written is found, though reads may not see it yet.
    const updates = batch.payloads.map((update) => ({ id: update.id, metadata: toRecordMetadata(update, fields) }));
    await runInFlight(
      UPDATES_IN_FLIGHT,
      updates.map((update) => write(() => index.update(update))),
    );
    const ids = batch.deletes.map(({ id }) => id);
    await runInFlight(
      REQUESTS_IN_FLIGHT,
      [...slices(ids, IDS_PER_DELETE)].map((some) => write(() => index.deleteMany({ ids: [...some] }))),
    );
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    const { index } = await this.#collection(collection);
    beforeWrite(this.#timeoutMs);
    await this.#ask(index.deleteMany({ filter: olderThan(rows) }));
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const { index, spec } = await this.#settled(collection);
    refuseSearch(request, spec);
    const { matches } = await this.#ask(
      index.query({
        vector: Array.from(request.vector),
        topK: request.k,
        includeMetadata: true,
        ...(request.filter ? { filter: toPineconeFilter(request.filter, spec.features.fields) } : {}),
      }),
    );
    const hits = matches.map((match) => ({ ...toContent(match), score: toScore(match.score ?? NaN, spec.distance) }));
    return narrowed(hits, request);
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const { index } = await this.#settled(collection);
    const { vectors = [], pagination } = await this.#ask(
      index.listPaginated({
        limit: Math.min(limit, IDS_PER_PAGE),
        ...(after === null ? {} : { paginationToken: after }),
      }),
    );
    const ids = vectors.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const points: StoredPoint[] = (await this.#fetch(collection, ids)).map(toStoredPoint);
    return { points, next: pagination?.next || null };
  }

  async count(collection: string): Promise<number> {
    const { index } = await this.#settled(collection);
    return (await this.#ask(index.describeIndexStats())).totalRecordCount ?? 0;
  }

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #fetch(collection: string, ids: readonly string[]): Promise<PineconeRecord[]> {
    const { index } = await this.#settled(collection);
    const found: PineconeRecord[] = [];
    for (const some of slices([...new Set(ids)], IDS_PER_FETCH)) {
      const { records } = await this.#ask(index.fetch({ ids: [...some] }));
      found.push(...Object.values(records));
    }
    return found;
  }

  /** For reads: they see what this process wrote. */
  async #settled(name: string): Promise<OpenCollection> {
    const collection = await this.#collection(name);
    const { index, spec, host } = collection;
    const vector = Array.from({ length: spec.model.dimensions }, () => 1);
    await this.#freshness.settled(host, () => this.#ask(index.query({ vector, topK: 1 })), this.#timeoutMs);
    return collection;
  }

  /** An index never changes its address. */
  async #collection(name: string): Promise<OpenCollection> {
    const collection = this.#open.get(name) ?? (await this.#catalog.open(name));
    if (!collection) {
      throw new Error(
        `Pinecone has no collection ${name}; take a snapshot of its table (\`freshet snapshot\`) to fill a new one.`,
      );
    }
    this.#open.set(name, collection);
    return collection;
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw toStoreError(error);
    }
  }
}
