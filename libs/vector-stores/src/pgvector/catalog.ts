import { parseJson } from "@freshet/schemas/lossless-json";
import pg from "pg";
import { z } from "zod";
import { requireSameVectors } from "../collection-model.js";
import { InputRefusedError } from "../errors.js";
import type { CollectionSpec } from "../vector-store.js";
import { createTable, quotedTable } from "./collection.js";
import type { Database } from "./database.js";
import { requireExtension } from "./extension.js";
import { codeOf, MISSING } from "./failure.js";
import type { Statement } from "./write-statements.js";

const spec = z.object({
  name: z.string(),
  model: z.object({ name: z.string(), revision: z.string(), dtype: z.string(), dimensions: z.int() }),
  distance: z.enum(["cosine", "dot", "euclid"]),
});

/** Which collections and aliases a schema holds: two tables beside those of the points. */
export class Catalog {
  readonly #database: Database;
  readonly #schema: string;
  readonly #collections: string;
  readonly #aliases: string;

  constructor(database: Database, schema: string) {
    this.#database = database;
    this.#schema = schema;
    this.#collections = `${pg.escapeIdentifier(schema)}._collections`;
    this.#aliases = `${pg.escapeIdentifier(schema)}._aliases`;
  }

  async collection(name: string): Promise<CollectionSpec | null> {
    const [row] = await this.#rows(`SELECT name, model, distance FROM ${this.#collections} WHERE name = $1`, [name]);
    return row ? spec.parse({ ...row, model: parseJson(row["model"] ?? "") }) : null;
  }

  async alias(alias: string): Promise<string | null> {
    const [row] = await this.#rows(`SELECT collection FROM ${this.#aliases} WHERE alias = $1`, [alias]);
    return row?.["collection"] ?? null;
  }

  /** One statement: who reads the alias meanwhile finds the old or the new. */
  async setAlias(alias: string, collection: string): Promise<void> {
    const insert = `INSERT INTO ${this.#aliases} VALUES ($1, $2) ON CONFLICT (alias) DO UPDATE SET collection = excluded.collection`;
    await this.#database.rows(insert, [alias, collection]).catch((error: unknown) => {
      throw error instanceof InputRefusedError && codeOf(error.cause) === "23503"
        ? new Error(`The schema ${this.#schema} has no collection ${collection}.`, { cause: error })
        : error;
    });
  }

  /** Makes what is missing, and nothing when the collection is there: then it needs no right to. */
  async ensure(wanted: CollectionSpec): Promise<void> {
    const stored = await this.collection(wanted.name);
    if (stored) {
      requireSameVectors(stored, wanted);
      return;
    }
    await requireExtension(this.#database);
    await this.#database.transaction(await this.#creation(wanted)).catch(async (error: unknown) => {
      const made = await this.collection(wanted.name);
      if (!made) throw error;
      // Another instance was quicker.
      requireSameVectors(made, wanted);
    });
  }

  async remove(name: string): Promise<void> {
    if (!(await this.collection(name))) return;
    await this.#database.transaction([
      { text: `DELETE FROM ${this.#collections} WHERE name = $1`, values: [name] },
      { text: `DROP TABLE IF EXISTS ${quotedTable(this.#schema, name)}`, values: [] },
    ]);
  }

  async #creation(wanted: CollectionSpec): Promise<Statement[]> {
    const schema = pg.escapeIdentifier(this.#schema);
    const present = await this.#database.rows("SELECT FROM pg_namespace WHERE nspname = $1", [this.#schema]);
    const texts = [
      // It needs a right even where it makes nothing.
      ...(present.length > 0 ? [] : [`CREATE SCHEMA IF NOT EXISTS ${schema}`]),
      `CREATE TABLE IF NOT EXISTS ${this.#collections} (
        name text PRIMARY KEY, model jsonb NOT NULL, distance text NOT NULL)`,
      `CREATE TABLE IF NOT EXISTS ${this.#aliases} (
        alias text PRIMARY KEY, collection text NOT NULL REFERENCES ${this.#collections} (name) ON DELETE CASCADE)`,
    ];
    return [
      // "IF NOT EXISTS" alone fails where two run at once.
      { text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", values: [`freshet ${this.#schema}`] },
      ...texts.map((text) => ({ text, values: [] })),
      {
        text: `INSERT INTO ${this.#collections} VALUES ($1, $2, $3)`,
        values: [wanted.name, JSON.stringify(wanted.model), wanted.distance],
      },
      { text: createTable(this.#schema, wanted), values: [] },
    ];
  }

  /** None before the first collection is made. */
  #rows(text: string, values: string[]): Promise<Record<string, string | null>[]> {
    return this.#database.rows<Record<string, string | null>>(text, values).catch((error: unknown) => {
      if (error instanceof Error && MISSING.has(codeOf(error.cause) ?? "")) return [];
      throw error;
    });
  }
}
