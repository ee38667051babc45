import { createHash } from "node:crypto";
import pg from "pg";
import type { CollectionSpec, Distance } from "../vector-store.js";

/** What HNSW indexes of either type, https://github.com/pgvector/pgvector#hnsw */
const MAX_INDEXED_VECTOR = 2_000;
const MAX_INDEXED_HALFVEC = 4_000;
/** Postgres cuts names at 63 bytes, in silence; indexes add a suffix. */
const MAX_NAME_BYTES = 56;
const PREFIX_BYTES = 40;

const OPERATORS = { cosine: "<=>", dot: "<#>", euclid: "<->" } as const satisfies Record<Distance, string>;
const OPERATOR_CLASSES = { cosine: "cosine_ops", dot: "ip_ops", euclid: "l2_ops" } as const satisfies Record<
  Distance,
  string
>;

/** A collection's table: its name stays what it is where Postgres takes it; a name with a point is ours alone. */
export function tableName(collection: string): string {
  if (/^[^_.][^.]*$/su.test(collection) && Buffer.byteLength(collection) <= MAX_NAME_BYTES) return collection;
  let readable = "";
  for (const character of collection.replace(/^_/, "").replaceAll(".", "-")) {
    if (Buffer.byteLength(readable + character) > PREFIX_BYTES) break;
    readable += character;
  }
  return `${readable}.${createHash("sha256").update(collection).digest("hex").slice(0, 12)}`;
}

export function quotedTable(schema: string, collection: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(tableName(collection))}`;
}

/** The names of tables and indexes must differ: see `tableName`. */
export function indexName(collection: string): string {
  return `${tableName(collection)}.hnsw`;
}

export function isHalf(dimensions: number): boolean {
  return dimensions > MAX_INDEXED_VECTOR;
}

/** Half of each page stays free, so that a row's next version finds room beside it and no index hears of it (HOT). */
export function createTable(schema: string, { name, model }: CollectionSpec): string {
  const type = isHalf(model.dimensions) ? "halfvec" : "vector";
  return `CREATE TABLE ${quotedTable(schema, name)} (
    id uuid CONSTRAINT ${pg.escapeIdentifier(`${tableName(name)}.pkey`)} PRIMARY KEY,
    embedding ${type}(${model.dimensions}) NOT NULL,
    text text NOT NULL,
    payload jsonb NOT NULL,
    index_name text NOT NULL,
    source_table text NOT NULL,
    row_key text NOT NULL,
    chunk integer NOT NULL,
    chunks integer NOT NULL,
    epoch bigint NOT NULL,
    lsn bigint NOT NULL,
    seq bigint NOT NULL,
    partition integer NOT NULL,
    row_hash text,
    text_hash text NOT NULL,
    committed_at timestamptz NOT NULL,
    indexed_at timestamptz NOT NULL
  ) WITH (fillfactor = 50)`;
}

/** Undefined where pgvector has no index for so many dimensions: a search then looks at every point. */
export function createIndex(schema: string, { name, model, distance }: CollectionSpec): string | undefined {
  if (model.dimensions > MAX_INDEXED_HALFVEC) return undefined;
  const operators = `${isHalf(model.dimensions) ? "halfvec" : "vector"}_${OPERATOR_CLASSES[distance]}`;
  // Writes go on beside it.
  return `CREATE INDEX CONCURRENTLY ${pg.escapeIdentifier(indexName(name))}
    ON ${quotedTable(schema, name)} USING hnsw (embedding ${operators})`;
}

/** How far a point is from a query's vector: less is nearer, by an expression that the index answers. */
export function distanceTo(parameter: string, { model, distance }: CollectionSpec): string {
  const query = isHalf(model.dimensions) ? `${parameter}::vector::halfvec` : `${parameter}::vector`;
  return `embedding ${OPERATORS[distance]} ${query}`;
}

export function toScore(distanceText: string, distance: Distance): number {
  const away = Number(distanceText);
  return distance === "cosine" ? 1 - away : -away;
}
