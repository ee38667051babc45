import pg from "pg";
import { OPERATIONS } from "./operations.js";
import { SAMPLES } from "./types/table.js";

const EXTENSIONS = ["citext", "hstore", "ltree"];

const OWN_TYPES = `
CREATE TYPE mood AS ENUM ('sad', 'so, so', 'happy');
CREATE TYPE pair AS (n int, label text);
CREATE TYPE span AS RANGE (subtype = int8);
CREATE DOMAIN year AS int CHECK (VALUE > 0);
CREATE DOMAIN amount AS numeric(12, 2);
CREATE DOMAIN tags AS text[];
`;

/** Of pgvector. Where the server doesn't have it, types of their names take and print the same texts. */
const VECTOR_TYPES = ["vector", "halfvec", "sparsevec"];

const BOOKS = `CREATE TABLE books (id int PRIMARY KEY, title text, pages int, note text);
ALTER TABLE books ALTER COLUMN note SET STORAGE EXTERNAL`;

/** Names of the columns of `samples`, in the order of SAMPLES. */
export const SAMPLE_COLUMNS: readonly string[] = SAMPLES.map((_, place) => `c${place + 1}`);

/** Makes a schema with a table of one column for each sample, with one row, and a table for operations, after the first of them. */
export async function prepareDatabase(client: pg.Client, schema: string): Promise<void> {
  await client.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}, public`);
  for (const extension of EXTENSIONS) await client.query(`CREATE EXTENSION ${extension} SCHEMA public`);
  await client.query(OWN_TYPES);
  if (await hasPgvector(client)) await client.query("CREATE EXTENSION vector SCHEMA public");
  else for (const type of VECTOR_TYPES) await client.query(textType(type));
  const columns = SAMPLES.map(({ type }, place) => `${SAMPLE_COLUMNS[place] ?? ""} ${type}`);
  await client.query(`CREATE TABLE samples (id int PRIMARY KEY, ${columns.join(", ")})`);
  await client.query(BOOKS);
  await insertSamples(client, 1);
  await client.query(OPERATIONS[0]?.sql ?? "");
}

export async function hasPgvector(client: pg.Client): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_available_extensions WHERE name = 'vector'");
  return rowCount === 1;
}

export async function insertSamples(client: pg.Client, id: number): Promise<void> {
  const values = SAMPLES.map(({ literal }) => pg.escapeLiteral(literal));
  await client.query(`INSERT INTO samples VALUES (${id}, ${values.join(", ")})`);
}

function textType(name: string): string {
  const options = "LANGUAGE internal STRICT IMMUTABLE";
  return `CREATE TYPE ${name};
    CREATE FUNCTION ${name}_in(cstring) RETURNS ${name} AS 'textin' ${options};
    CREATE FUNCTION ${name}_out(${name}) RETURNS cstring AS 'textout' ${options};
    CREATE TYPE ${name} (INPUT = ${name}_in, OUTPUT = ${name}_out, LIKE = text)`;
}
