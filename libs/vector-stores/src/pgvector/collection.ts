import { createHash } from "node:crypto";
import pg from "pg";
import type { CollectionSpec } from "../collection-spec.js";
import { fieldColumnDefinition } from "./fields.js";
import { TERM_COLUMN_DEFINITIONS } from "./terms.js";
import { columnType } from "./vector-index.js";

/** Postgres cuts names at 63 bytes, in silence; indexes add a suffix. */
const MAX_NAME_BYTES = 56;
const PREFIX_BYTES = 40;
const INDEX_DIGITS = 6;
/** What comes after the table's name and a point; older versions made one index, of that name. */
export const INDEX_SUFFIX = `^([0-9a-f]{${INDEX_DIGITS}}|hnsw)$`;

/** A collection's table: its name stays what it is where Postgres takes it; a name with a point is ours alone. */
export function tableName(collection: string): string {
  if (/^[^_.][^.]*$/su.test(collection) && Buffer.byteLength(collection) <= MAX_NAME_BYTES) return collection;
  return shortened(collection.replace(/^_/, "").replaceAll(".", "-"), collection);
}

export function quotedTable(schema: string, collection: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(tableName(collection))}`;
}

/** By what the index is: another definition is another index. The names of tables and indexes differ: see `tableName`. */
export function indexName(collection: string, definition: string): string {
  return `${tableName(collection)}.${digest(definition).slice(0, INDEX_DIGITS)}`;
}

/** Half of each page stays free, so that a row's next version finds room beside it and no index hears of it (HOT). */
export function createTable(schema: string, { name, model, features }: CollectionSpec): string {
  const added = [
    ...(features.hybrid ? TERM_COLUMN_DEFINITIONS : []),
    ...Object.keys(features.fields).map(fieldColumnDefinition),
  ];
  return `CREATE TABLE ${quotedTable(schema, name)} (
    id uuid CONSTRAINT ${pg.escapeIdentifier(`${tableName(name)}.pkey`)} PRIMARY KEY,
    embedding ${columnType(model.dimensions)}(${model.dimensions}) NOT NULL,
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
    indexed_at timestamptz NOT NULL${added.map((column) => `,\n    ${column}`).join("")}
  ) WITH (fillfactor = 50)`;
}

/** The beginning of a name, and what tells it from others that begin alike. */
function shortened(readable: string, name: string): string {
  let start = "";
  for (const character of readable) {
    if (Buffer.byteLength(start + character) > PREFIX_BYTES) break;
    start += character;
  }
  return `${start}.${digest(name).slice(0, 12)}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
