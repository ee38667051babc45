import { isDeepStrictEqual } from "node:util";
import { parseJson } from "@freshet/schemas/lossless-json";
import pg from "pg";
import { z } from "zod";
import { languageSchema, type Language } from "../bm25/language.js";
import { requireLanguage } from "../bm25/required-language.js";
import { requireCompatible } from "../collection-model.js";
import { collectionSpecSchema, featuresSchema, NO_FEATURES, type CollectionSpec } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import { createTable, quotedTable } from "./collection.js";
import type { Database } from "./database.js";
import { requireExtension } from "./extension.js";
import { codeOf, MISSING } from "./failure.js";
import { addFields, grown } from "./growth.js";
import type { Statement } from "./write-statements.js";

const DEFAULT_LANGUAGE: Language = "english";

export interface StoredCollection {
  readonly spec: CollectionSpec;
  /** Of the terms; null when the collection isn't hybrid. */
  readonly language: Language | null;
}

const languageRow = z.object({ language: languageSchema.nullable().default(null) });

/** Which collections and aliases a schema holds: two tables beside those of the points. */
export class Catalog {
  readonly #database: Database;
  readonly #schema: string;
  readonly #language: Language | undefined;
  readonly #collections: string;
  readonly #aliases: string;

  /** @param language of new collections' terms. */
  constructor(database: Database, { schema, language }: { schema: string; language: Language | undefined }) {
    this.#database = database;
    this.#schema = schema;
    this.#language = language;
    this.#collections = `${pg.escapeIdentifier(schema)}._collections`;
    this.#aliases = `${pg.escapeIdentifier(schema)}._aliases`;
  }

  async collection(name: string): Promise<StoredCollection | null> {
    // The row as JSON: tables of older versions have fewer columns. Somebody may have dropped the table alone.
    const [row] = await this.#rows(
      `SELECT to_jsonb(c) AS spec FROM ${this.#collections} c WHERE name = $1 AND to_regclass($2) IS NOT NULL`,
      [name, quotedTable(this.#schema, name)],
    );
    if (!row) return null;
    const stored = parseJson(row["spec"] ?? "");
    return { spec: collectionSpecSchema.parse(stored), ...languageRow.parse(stored) };
  }

  async names(): Promise<string[]> {
    const rows = await this.#rows(`SELECT name FROM ${this.#collections} ORDER BY name`, []);
    return rows.flatMap(({ name }) => name ?? []);
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

  /** Makes what is missing, and nothing when the collection is there as wanted: then it needs no right to. */
  async ensure(wanted: CollectionSpec): Promise<void> {
    const stored = await this.collection(wanted.name);
    if (stored) return this.#grow(stored, wanted);
    await requireExtension(this.#database);
    await this.#database.transaction(await this.#creation(wanted)).catch(async (error: unknown) => {
      const made = await this.collection(wanted.name);
      if (!made) throw error;
      // Another instance was quicker.
      await this.#grow(made, wanted);
    });
  }

  async remove(name: string): Promise<void> {
    if (!(await this.collection(name))) return;
    await this.#database.transaction([
      { text: `DELETE FROM ${this.#collections} WHERE name = $1`, values: [name] },
      { text: `DROP TABLE IF EXISTS ${quotedTable(this.#schema, name)}`, values: [] },
    ]);
  }

  async #grow({ spec, language }: StoredCollection, wanted: CollectionSpec): Promise<void> {
    requireCompatible(spec, wanted);
    requireLanguage(spec.name, language, this.#language);
    const origin = wanted.origin ?? spec.origin;
    if (!grown(spec.features, wanted.features) && isDeepStrictEqual(origin, spec.origin)) return;
    await this.#database.apart({}, async (query) => {
      await query("BEGIN");
      for (const { text, values } of [this.#lock(), ...this.#tables()]) await query(text, values);
      // Another instance may have added others since.
      const [row] = await query(`SELECT features FROM ${this.#collections} WHERE name = $1`, [spec.name]);
      const stored = row?.["features"] ? featuresSchema.parse(parseJson(row["features"])) : spec.features;
      const features = grown(stored, wanted.features) ?? stored;
      await addFields(query, { schema: this.#schema, spec, features });
      const update = `UPDATE ${this.#collections} SET features = $2, origin = $3 WHERE name = $1`;
      await query(update, [spec.name, JSON.stringify(features), origin && JSON.stringify(origin)]);
      await query("COMMIT");
    });
  }

  async #creation(wanted: CollectionSpec): Promise<Statement[]> {
    const { name, model, distance, features, origin } = wanted;
    const schema = pg.escapeIdentifier(this.#schema);
    const present = await this.#database.rows("SELECT FROM pg_namespace WHERE nspname = $1", [this.#schema]);
    const language = features.hybrid ? (this.#language ?? DEFAULT_LANGUAGE) : null;
    return [
      this.#lock(),
      // It needs a right even where it makes nothing.
      ...(present.length > 0 ? [] : [{ text: `CREATE SCHEMA IF NOT EXISTS ${schema}`, values: [] }]),
      ...this.#tables(),
      {
        text: `INSERT INTO ${this.#collections} (name, model, distance, features, origin, language)
          VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (name) DO UPDATE SET model = excluded.model, distance = excluded.distance,
            features = excluded.features, origin = excluded.origin, language = excluded.language`,
        values: [
          ...[name, JSON.stringify(model), distance, JSON.stringify(features)],
          ...[origin && JSON.stringify(origin), language],
        ],
      },
      { text: createTable(this.#schema, wanted), values: [] },
    ];
  }

  /** "IF NOT EXISTS" alone fails where two run at once. */
  #lock(): Statement {
    return { text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", values: [`freshet ${this.#schema}`] };
  }

  #tables(): Statement[] {
    return [
      `CREATE TABLE IF NOT EXISTS ${this.#collections} (
        name text PRIMARY KEY, model jsonb NOT NULL, distance text NOT NULL)`,
      // Those of older versions haven't these.
      `ALTER TABLE ${this.#collections} ADD COLUMN IF NOT EXISTS features jsonb NOT NULL
        DEFAULT '${JSON.stringify(NO_FEATURES)}', ADD COLUMN IF NOT EXISTS language text, ADD COLUMN IF NOT EXISTS origin jsonb`,
      `CREATE TABLE IF NOT EXISTS ${this.#aliases} (
        alias text PRIMARY KEY, collection text NOT NULL REFERENCES ${this.#collections} (name) ON DELETE CASCADE)`,
    ].map((text) => ({ text, values: [] }));
  }

  /** None before the first collection is made. */
  #rows(text: string, values: string[]): Promise<Record<string, string | null>[]> {
    return this.#database.rows<Record<string, string | null>>(text, values).catch((error: unknown) => {
      if (error instanceof Error && MISSING.has(codeOf(error.cause) ?? "")) return [];
      throw error;
    });
  }
}
