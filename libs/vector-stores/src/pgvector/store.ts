import { loadBm25, type Bm25 } from "../bm25/bm25.js";
import type { Language } from "../bm25/language.js";
import { narrowed } from "../narrowed-hits.js";
import { requireNewer } from "../payload-updates.js";
import { refuseSearch } from "../refused-search.js";
import { refuseVectors } from "../refused-vectors.js";
import { slices } from "../slices.js";
import type { CollectionSpec } from "../collection-spec.js";
import type {
  BeforeWrite,
  Point,
  PointLabels,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { Catalog } from "./catalog.js";
import { quotedTable } from "./collection.js";
import { Database } from "./database.js";
import { describeExtension } from "./extension.js";
import { indexOfVectors, type IndexSettings } from "./indexes.js";
import { readLabelSums } from "./label-sums.js";
import { readLabelsIn } from "./labels-in-buckets.js";
import { deleteOlder } from "./older-points.js";
import {
  METADATA,
  toContent,
  toMetadata,
  toPoint,
  toStoredPoint,
  type FusedRow,
  type HitRow,
  type MetadataRow,
  type PointRow,
} from "./point.js";
import { PointWrites, STATEMENTS_IN_FLIGHT } from "./point-writes.js";
import { buildIndexes } from "./search-index.js";
import { hybridStatement, nearestStatement, type Search } from "./search-statement.js";
import { queryTerms, storedTerms } from "./terms.js";
import { toScore } from "./vector-index.js";
import { deleteStatement, payloadStatement, upsertStatement, type Statement } from "./write-statements.js";

const IDS_PER_READ = 1_000;
/** A point has kilobytes. */
const POINTS_PER_READ = 250;
const REQUEST_TIMEOUT_MS = 15_000;
/** For writes, and a search beside them. */
const CONNECTIONS = STATEMENTS_IN_FLIGHT + 1;
const DEFAULT_SCHEMA = "freshet";

export interface PgvectorOptions extends IndexSettings {
  /** `postgres://user:password@host:5432/database`, with pg's settings (`sslmode` …). */
  readonly url: string;
  /** `freshet` unless given; made when it isn't there. */
  readonly schema?: string | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number | undefined;
  /** At most so many at once; 4 unless given. */
  readonly connections?: number;
  /** Of the texts of new hybrid collections; English unless given. */
  readonly language?: Language | undefined;
}

interface KnownCollection {
  readonly spec: CollectionSpec;
  /** Null when the collection isn't hybrid. */
  readonly bm25: Bm25 | null;
}

/** Opening it asks nothing of the server, so that a service can start before it. */
export function openPgvectorStore(options: PgvectorOptions): VectorStore {
  return new PgvectorStore(options);
}

/** Each collection is a table, in one schema of one database. */
class PgvectorStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    versionGuard: true,
    singleProcess: false,
    atomicAliasSwap: true,
    filters: true,
    anyField: true,
    listRanges: true,
    hybrid: true,
    namesRefused: true,
    deferredIndex: true,
  };
  readonly labels: PointLabels = {
    sums: (collection, signal) => readLabelSums(this.#database, { table: this.#table(collection), signal }),
    inBuckets: (collection, buckets, signal) =>
      readLabelsIn(this.#database, { table: this.#table(collection), buckets, signal }),
  };
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #schema: string;
  readonly #timeoutMs: number;
  readonly #settings: IndexSettings;
  /** A physical collection never changes its model. */
  readonly #known = new Map<string, KnownCollection>();
  #vectorOid: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PgvectorOptions) {
    const { url, schema = DEFAULT_SCHEMA, language, hnsw, quantization, maintenanceWorkMem } = options;
    const { requestTimeoutMs = REQUEST_TIMEOUT_MS, connections = CONNECTIONS } = options;
    this.#database = new Database({ url, requestTimeoutMs, connections, efSearch: hnsw?.efSearch });
    this.#catalog = new Catalog(this.#database, { schema, language });
    this.#schema = schema;
    this.#settings = { hnsw, quantization, maintenanceWorkMem };
    this.#timeoutMs = requestTimeoutMs;
  }

  check(): Promise<string> {
    return describeExtension(this.#database);
  }

  list(): Promise<string[]> {
    return this.#catalog.names();
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#catalog.alias(alias);
  }

  async describe(collection: string): Promise<CollectionSpec | null> {
    return (await this.#catalog.collection(collection))?.spec ?? null;
  }

  async ensureCollection(spec: CollectionSpec): Promise<void> {
    await this.#catalog.ensure(spec);
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
    const found = new Map<string, PointMetadata>();
    const text = `SELECT ${METADATA} FROM ${this.#table(collection)} WHERE id = ANY ($1::uuid[])`;
    for (const some of slices(ids, IDS_PER_READ)) {
      for (const row of await this.#database.rows<MetadataRow>(text, [some])) found.set(row.id, toMetadata(row));
    }
    return found;
  }

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const found = new Map<string, Point>();
    const text = `SELECT ${METADATA}, text, payload, embedding FROM ${this.#table(collection)} WHERE id = ANY ($1::uuid[])`;
    for (const some of slices(ids, POINTS_PER_READ)) {
      for (const row of await this.#database.rows<PointRow>(text, [some])) found.set(row.id, toPoint(row));
    }
    return found;
  }

  async apply(collection: string, { upserts, payloads, deletes }: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const table = this.#table(collection);
    const writes = new PointWrites({ database: this.#database, requestTimeoutMs: this.#timeoutMs, beforeWrite });
    if (upserts.length > 0) {
      const { spec, bm25 } = await this.#knownOf(collection);
      refuseVectors(upserts, spec.model.dimensions);
      const vectorOid = (this.#vectorOid ??= await this.#readVectorOid());
      await writes.write(upserts, (points) => {
        const terms = bm25 && points.map(({ text }) => storedTerms(bm25, text));
        return upsertStatement(table, { points, vectorOid, terms });
      });
    }
    const updated = await writes.write(payloads, (updates) => payloadStatement(table, updates));
    const others = payloads.filter(({ id }) => !updated.has(id));
    const idsOfOthers = others.map(({ id }) => id);
    requireNewer(others, await this.read(collection, idsOfOthers));
    await writes.write(deletes, (some) => deleteStatement(table, some));
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    const beforeDelete = () => {
      beforeWrite(this.#timeoutMs);
    };
    await deleteOlder(this.#database, { table: this.#table(collection), rows, beforeDelete });
  }

  async finishLoad(collection: string, signal?: AbortSignal): Promise<void> {
    // Anew: another instance may have added fields.
    this.#known.delete(collection);
    const { spec } = await this.#knownOf(collection);
    await buildIndexes(this.#database, { schema: this.#schema, spec, settings: this.#settings, signal });
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const known = await this.#knownOf(collection);
    try {
      refuseSearch(request, known.spec);
      return await this.#search(known, request);
    } catch (error) {
      // Somebody may have made another collection of this name.
      this.#known.delete(collection);
      throw error;
    }
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const text = `SELECT ${METADATA} FROM ${this.#table(collection)}
      WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2`;
    const rows = await this.#database.rows<MetadataRow>(text, [after, limit + 1]);
    const points = rows.slice(0, limit).map(toStoredPoint);
    return { points, next: rows.length > limit ? (points.at(-1)?.id ?? null) : null };
  }

  async count(collection: string): Promise<number> {
    const [row] = await this.#database.rows<{ count: string }>(`SELECT count(*) FROM ${this.#table(collection)}`);
    return Number(row?.count);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#database.close());
  }

  async #search({ spec, bm25 }: KnownCollection, request: SearchRequest): Promise<SearchHit[]> {
    const search = { spec, table: this.#table(spec.name), index: indexOfVectors(spec, this.#settings), request };
    if (bm25 && request.text !== undefined) {
      const terms = queryTerms(bm25, request.text);
      const rows = await this.#found<FusedRow>(search, (some) => hybridStatement(some, terms));
      return rows.map((row) => ({ ...toContent(row), score: Number(row.score) }));
    }
    const rows = await this.#found<HitRow>(search, nearestStatement);
    const hits = rows.map((row) => ({ ...toContent(row), score: toScore(row.distance, spec.distance) }));
    return narrowed(hits, request);
  }

  /** A scan of the index ends somewhere (hnsw.max_scan_tuples): a filter that few points match may have more. */
  async #found<R>(search: Search, statementOf: (search: Search) => Statement): Promise<R[]> {
    const ask = (some: Search) => {
      const { text, values } = statementOf(some);
      return this.#database.rows<R>(text, values);
    };
    const rows = await ask(search);
    return rows.length < search.request.k && search.index ? ask({ ...search, index: undefined }) : rows;
  }

  async #knownOf(collection: string): Promise<KnownCollection> {
    const known = this.#known.get(collection);
    if (known) return known;
    const stored = await this.#catalog.collection(collection);
    if (!stored) {
      throw new Error(
        `Postgres at ${this.#database.address} has no collection ${collection} in schema ${this.#schema}; take a ` +
          `snapshot of its table (\`freshet snapshot\`) to fill a new one.`,
      );
    }
    const { spec, language } = stored;
    const made = { spec, bm25: language === null ? null : await loadBm25(language) };
    this.#known.set(collection, made);
    return made;
  }

  async #readVectorOid(): Promise<number> {
    const [row] = await this.#database.rows<{ oid: string }>("SELECT 'vector'::regtype::oid AS oid");
    return Number(row?.oid);
  }

  #table(collection: string): string {
    return quotedTable(this.#schema, collection);
  }
}
