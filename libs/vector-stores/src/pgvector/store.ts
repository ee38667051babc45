import { InputRefusedError } from "../errors.js";
import { runInFlight } from "../in-flight.js";
import { narrowed } from "../narrowed-hits.js";
import { refuseVectors } from "../refused-vectors.js";
import { slices } from "../slices.js";
import type {
  BeforeWrite,
  CollectionSpec,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { binaryVector } from "./binary-vector.js";
import { Catalog } from "./catalog.js";
import { distanceTo, quotedTable, toScore } from "./collection.js";
import { Database } from "./database.js";
import { condition, Parameters as StatementParameters } from "./filter.js";
import { METADATA, toContent, toMetadata, toStoredPoint, type HitRow, type MetadataRow } from "./point.js";
import { writeAccepted } from "./refused-points.js";
import { buildIndex } from "./search-index.js";
import {
  deleteOlderStatement,
  deleteStatement,
  payloadStatement,
  upsertStatement,
  type Statement,
} from "./write-statements.js";

const ROWS_PER_STATEMENT = 500;
const STATEMENTS_IN_FLIGHT = 3;
const IDS_PER_READ = 1_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** For writes, and a search beside them. */
const CONNECTIONS = STATEMENTS_IN_FLIGHT + 1;
const DEFAULT_SCHEMA = "freshet";

export interface PgvectorOptions {
  /** `postgres://user:password@host:5432/database`, with pg's settings (`sslmode` …). */
  readonly url: string;
  /** `freshet` unless given; made when it isn't there. */
  readonly schema?: string | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number;
  /** At most so many at once; 4 unless given. */
  readonly connections?: number;
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
    namesRefused: true,
    deferredIndex: true,
  };
  readonly #database: Database;
  readonly #catalog: Catalog;
  readonly #schema: string;
  readonly #timeoutMs: number;
  /** A physical collection never changes its model. */
  readonly #specs = new Map<string, CollectionSpec>();
  #vectorOid: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: PgvectorOptions) {
    const { url, schema = DEFAULT_SCHEMA, requestTimeoutMs = REQUEST_TIMEOUT_MS, connections = CONNECTIONS } = options;
    this.#database = new Database({ url, requestTimeoutMs, connections });
    this.#catalog = new Catalog(this.#database, schema);
    this.#schema = schema;
    this.#timeoutMs = requestTimeoutMs;
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#catalog.alias(alias);
  }

  describe(collection: string): Promise<CollectionSpec | null> {
    return this.#catalog.collection(collection);
  }

  ensureCollection(spec: CollectionSpec): Promise<void> {
    return this.#catalog.ensure(spec);
  }

  swapAlias(alias: string, collection: string): Promise<void> {
    return this.#catalog.setAlias(alias, collection);
  }

  async drop(collection: string): Promise<void> {
    this.#specs.delete(collection);
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

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const table = this.#table(collection);
    if (batch.upserts.length > 0) {
      refuseVectors(batch.upserts, (await this.#spec(collection)).model.dimensions);
      const oid = (this.#vectorOid ??= await this.#readVectorOid());
      await this.#write(batch.upserts, beforeWrite, (points) => upsertStatement(table, points, oid));
    }
    await this.#write(batch.payloads, beforeWrite, (updates) => payloadStatement(table, updates));
    await this.#write(batch.deletes, beforeWrite, (deletes) => deleteStatement(table, deletes));
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    beforeWrite(this.#timeoutMs);
    await this.#run(deleteOlderStatement(this.#table(collection), rows));
  }

  async finishLoad(collection: string, signal?: AbortSignal): Promise<void> {
    const spec = await this.#spec(collection);
    await buildIndex(this.#database, { schema: this.#schema, spec, signal });
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const spec = await this.#spec(collection);
    if (request.vector.length !== spec.model.dimensions) {
      throw new InputRefusedError(
        `The query has ${request.vector.length} dimensions, the collection ${collection} ${spec.model.dimensions}.`,
      );
    }
    const { text, values } = this.#searchStatement(spec, request);
    const rows = await this.#database.rows<HitRow>(text, values);
    const hits = rows.map((row) => ({ ...toContent(row), score: toScore(row.distance, spec.distance) }));
    return narrowed(hits, request);
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

  #searchStatement(spec: CollectionSpec, { vector, k, filter, payload }: SearchRequest): Statement {
    const parameters = new StatementParameters();
    const distance = distanceTo(parameters.add(binaryVector(vector)), spec);
    const where = filter ? `WHERE ${condition(filter, parameters)}` : "";
    const columns = payload
      ? `(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(payload)
          WHERE key = ANY (${parameters.add(payload)}::text[]))`
      : "payload";
    return {
      text: `SELECT ${METADATA}, text, ${columns} AS payload, ${distance} AS distance
        FROM ${this.#table(spec.name)} ${where} ORDER BY ${distance} LIMIT ${parameters.add(String(k))}`,
      values: parameters.values,
    };
  }

  /** Each statement is durable when it is answered. */
  #write<T extends { readonly id: string }>(
    points: readonly T[],
    beforeWrite: BeforeWrite,
    statementOf: (points: readonly T[]) => Statement,
  ): Promise<void> {
    const write = async (some: readonly T[]) => {
      beforeWrite(this.#timeoutMs);
      await this.#run(statementOf(some));
    };
    const parts = [...slices(points, ROWS_PER_STATEMENT)];
    return runInFlight(
      STATEMENTS_IN_FLIGHT,
      parts.map((some) => () => writeAccepted(some, write)),
    );
  }

  async #run({ text, values }: Statement): Promise<void> {
    await this.#database.rows(text, values);
  }

  async #spec(collection: string): Promise<CollectionSpec> {
    const spec = this.#specs.get(collection) ?? (await this.describe(collection));
    if (!spec) {
      throw new Error(
        `Postgres at ${this.#database.address} has no collection ${collection} in schema ${this.#schema}; take a ` +
          `snapshot of its table (\`freshet snapshot\`) to fill a new one.`,
      );
    }
    this.#specs.set(collection, spec);
    return spec;
  }

  async #readVectorOid(): Promise<number> {
    const [row] = await this.#database.rows<{ oid: string }>("SELECT 'vector'::regtype::oid AS oid");
    return Number(row?.oid);
  }

  #table(collection: string): string {
    return quotedTable(this.#schema, collection);
  }
}
