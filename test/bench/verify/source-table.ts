import { documentRules, type DocumentRules } from "@freshet/documents/document-rules";
import { sourceSchema, type SourceTable } from "@freshet/process/source-configuration";
import pg from "pg";

export const INDEX = "shelf";
const NAME = "public.shelf_rows";

/** A row's hash as the documentation of rowHash has it, written by hand. */
const HASHED = ["id", "title", "body", "year", "views", "changed_at"].map(
  (name) =>
    `CASE WHEN ${name} IS NOT DISTINCT FROM NULL THEN '~' ELSE octet_length(convert_to(concat(${name}), 'UTF8')) || ':' || concat(${name}) END`,
);
export const HASHES = `SELECT '{"id":' || id || '}', encode(sha256(convert_to(concat(${HASHED.join(", ")}), 'UTF8')), 'hex') FROM ${NAME}`;

/** Some 300 bytes a row; one process does a query's work, so that its CPU time is all of it. */
const TABLE = `
  CREATE EXTENSION IF NOT EXISTS vector;
  CREATE TABLE ${NAME} (
    id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL, year int, views bigint, changed_at timestamptz NOT NULL
  );
  DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET max_parallel_workers_per_gather = 0', current_database()); END $$`;
const ROWS = `INSERT INTO ${NAME}
  SELECT i, 'Row ' || i, repeat(md5(i::text), 6), 1900 + i % 120, i * 31, '2026-01-01'::timestamptz + i * interval '1 second'
  FROM generate_series(1, $1::bigint) i`;

export async function createTable(url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(TABLE);
    await client.query(ROWS, [rows]);
    await client.query(`VACUUM (ANALYZE) ${NAME}`);
  } finally {
    await client.end();
  }
}

export function describeTable(): { readonly table: SourceTable; readonly rules: DocumentRules } {
  const [table] = sourceSchema.parse({ tables: [NAME] }).tables;
  if (table === undefined) throw new Error("The table is configured.");
  return { table, rules: documentRules(INDEX, { table, text: "{{ title }}", payload: [] }) };
}
