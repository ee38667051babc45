import { isDeepStrictEqual } from "node:util";
import pg from "pg";
import type { CollectionFeatures, CollectionSpec } from "../collection-spec.js";
import { quotedTable } from "./collection.js";
import type { Query } from "./database.js";
import { fieldColumnDefinition, fieldColumnName } from "./fields.js";
import { indexesOf } from "./indexes.js";

/** What a collection's features become: fields that aren't asked for any more stay. */
export function grown(stored: CollectionFeatures, wanted: CollectionFeatures): CollectionFeatures | undefined {
  const features = { ...wanted, fields: { ...stored.fields, ...wanted.fields } };
  return isDeepStrictEqual(features, stored) ? undefined : features;
}

/**
 * A column is computed for rows that are there by writing the table anew, and with it every index: so these go first, and
 * the next `finishLoad` makes them beside the writes. Until then searches look at every point.
 */
export async function addFields(
  query: Query,
  {
    schema,
    spec,
    features,
  }: { readonly schema: string; readonly spec: CollectionSpec; readonly features: CollectionFeatures },
): Promise<void> {
  const table = quotedTable(schema, spec.name);
  const columns = await query("SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass", [table]);
  const present = new Set(columns.map(({ name }) => name));
  const added = Object.keys(features.fields).filter((field) => !present.has(fieldColumnName(field)));
  if (added.length === 0) return;
  for (const { name } of await indexesOf(query, schema, spec.name)) {
    await query(`DROP INDEX ${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
  }
  await query(`ALTER TABLE ${table} ${added.map((field) => `ADD COLUMN ${fieldColumnDefinition(field)}`).join(", ")}`);
}
