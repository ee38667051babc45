import { quotedTable } from "@freshet/vector-stores/pgvector/collection";
import { binaryVectors } from "@freshet/vector-stores/pgvector/binary-vector";
import { columnArrays, COLUMNS } from "@freshet/vector-stores/pgvector/point";
import { openPgvectorStore } from "@freshet/vector-stores/pgvector/store";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { BareCollection, BareSearch, Subject } from "../subject.js";

const SETTINGS = [
  { points: 100, inFlight: 2 },
  { points: 250, inFlight: 2 },
  { points: 500, inFlight: 2 },
  { points: 500, inFlight: 3 },
  { points: 1000, inFlight: 2 },
];
const MAX_CONNECTIONS = 4;
const TIMEOUT_MS = 60_000;
/** What the adapter asks of each of its connections, so that both look at as many candidates. */
const SESSION = "-c hnsw.ef_search=100 -c hnsw.iterative_scan=relaxed_order";

/** Rows of values, vectors as text: as pgvector's documentation and its package for Node have it. */
const ROWS_SETTINGS = [
  { points: 100, inFlight: 3 },
  { points: 250, inFlight: 3 },
  { points: 500, inFlight: 2 },
  { points: 500, inFlight: 3 },
];

const columns = COLUMNS.map(({ name }) => name).join(", ");
const given = COLUMNS.map(({ name, stored }) => stored?.(`given.${name}`) ?? `given.${name}`).join(", ");
const arrays = COLUMNS.map(({ type }, place) => `$${place + 1}::${type}[]`).join(", ");
const replaced = [...COLUMNS.map(({ name }) => name), "embedding"]
  .map((name) => `${name} = excluded.${name}`)
  .join(", ");
const REPLACE = `ON CONFLICT (id) DO UPDATE SET ${replaced}`;

export async function openPgvector(url: string, end: () => Promise<void>): Promise<Subject> {
  const schema = `bench_${randomUUID().slice(0, 8)}`;
  const store = openPgvectorStore({ url, schema, requestTimeoutMs: TIMEOUT_MS });
  const pool = new pg.Pool({ connectionString: url, max: MAX_CONNECTIONS, options: SESSION });
  pool.on("error", () => undefined);
  await pool.query("CREATE EXTENSION IF NOT EXISTS vector");
  const found = await pool.query<{ oid: number }>("SELECT 'vector'::regtype::oid AS oid");
  const oid = found.rows[0]?.oid ?? Number.NaN;
  const open = (insert: Insert) => async (spec: CollectionSpec) => {
    await store.ensureCollection(spec);
    return new BarePgvector(pool, store, { name: spec.name, table: quotedTable(schema, spec.name), insert });
  };
  return {
    name: "pgvector",
    store,
    client: { name: "pg, vectors as text", settings: ROWS_SETTINGS, open: open(insertRows) },
    others: [{ name: "pg, arrays of binary vectors", settings: SETTINGS, open: open(insertArrays(oid)) }],
    // The statement that builds it answers when it is built.
    indexed: () => Promise.resolve(),
    close: async () => {
      await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await pool.end();
      await store.close();
      await end();
    },
  };
}

/** A statement without the adapter's condition that keeps newer points. */
type Insert = (table: string, points: readonly Point[]) => { readonly text: string; readonly values: unknown[] };

function insertRows(table: string, points: readonly Point[]): ReturnType<Insert> {
  const width = COLUMNS.length + 1;
  const rows = points.map((_, row) => {
    const placed = COLUMNS.map(({ type, stored }, place) => {
      const given = `$${row * width + place + 1}::${type}`;
      return stored?.(given) ?? given;
    });
    return `(${[...placed, `$${row * width + width}::vector`].join(", ")})`;
  });
  return {
    text: `INSERT INTO ${table} (${columns}, embedding) VALUES ${rows.join(", ")} ${REPLACE}`,
    values: points.flatMap((point) => [...COLUMNS.map(({ of }) => of(point)), toText(point.vector)]),
  };
}

function insertArrays(vectorOid: number): Insert {
  return (table, points) => {
    const vectors = binaryVectors(
      points.map(({ vector }) => vector),
      vectorOid,
    );
    return {
      text: `INSERT INTO ${table} (${columns}, embedding) SELECT ${given}, given.embedding
        FROM unnest(${arrays}, $${COLUMNS.length + 1}::vector[]) AS given (${columns}, embedding) ${REPLACE}`,
      values: [...columnArrays(points), vectors],
    };
  };
}

interface BareTable {
  readonly name: string;
  readonly table: string;
  readonly insert: Insert;
}

class BarePgvector implements BareCollection {
  readonly #pool: pg.Pool;
  readonly #store: VectorStore;
  readonly #name: string;
  readonly #table: string;
  readonly #insert: Insert;

  constructor(pool: pg.Pool, store: VectorStore, { name, table, insert }: BareTable) {
    this.#pool = pool;
    this.#store = store;
    this.#name = name;
    this.#table = table;
    this.#insert = insert;
  }

  async upsert(points: readonly Point[]): Promise<void> {
    const { text, values } = this.#insert(this.#table, points);
    await this.#pool.query(text, values);
  }

  finish(): Promise<void> {
    return this.#store.finishLoad(this.#name);
  }

  async search({ vector, k, filter }: BareSearch): Promise<string[]> {
    const where = filter ? "WHERE payload @> $3::jsonb" : "";
    const { rows } = await this.#pool.query<{ id: string }>(
      `SELECT * FROM (
        SELECT ${columns}, embedding <=> $1::vector AS distance
        FROM ${this.#table} ${where} ORDER BY embedding <=> $1::vector LIMIT $2
      ) AS found ORDER BY distance + 0`,
      [toText(vector), k, ...(filter ? [JSON.stringify({ [filter.field]: filter.equals })] : [])],
    );
    return rows.map(({ id }) => id);
  }

  drop(): Promise<void> {
    return this.#store.drop(this.#name);
  }
}

function toText(vector: Float32Array): string {
  return `[${vector.join(",")}]`;
}
