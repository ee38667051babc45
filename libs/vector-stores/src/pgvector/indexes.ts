import type { CollectionSpec } from "../collection-spec.js";
import { INDEX_SUFFIX, tableName } from "./collection.js";
import type { Query } from "./database.js";
import { fieldIndex } from "./fields.js";
import { TERMS_INDEX } from "./terms.js";
import type { Hnsw } from "../hnsw.js";
import { vectorIndex, type Quantization, type VectorIndex } from "./vector-index.js";

/** How a store's collections are indexed. */
export interface IndexSettings {
  readonly hnsw?: Hnsw | undefined;
  /** `none` unless given. */
  readonly quantization?: Quantization | undefined;
  /** For a build, with its unit as Postgres writes it (`2GB`); 512 MB or the server's own, if that is more, unless given. */
  readonly maintenanceWorkMem?: string | undefined;
}

/** What each index of a collection is made over, after `USING`; that of the vectors last, because it takes longest. */
export function indexDefinitions(spec: CollectionSpec, settings: IndexSettings): string[] {
  const { fields, hybrid } = spec.features;
  const vectors = indexOfVectors(spec, settings);
  return [
    ...Object.entries(fields).map(([field, type]) => fieldIndex(field, type)),
    ...(hybrid ? [TERMS_INDEX] : []),
    ...(vectors ? [vectors.definition] : []),
  ];
}

export function indexOfVectors(
  spec: CollectionSpec,
  { hnsw, quantization = "none" }: IndexSettings,
): VectorIndex | undefined {
  return vectorIndex(spec, { hnsw, quantization });
}

/** Those that `finishLoad` made, none of the user's. A build that was cut short leaves one that isn't valid. */
export async function indexesOf(query: Query, schema: string, collection: string) {
  const found = await query(
    `SELECT i.relname AS name, indisvalid AS valid FROM pg_index
      JOIN pg_class i ON i.oid = indexrelid JOIN pg_class t ON t.oid = indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
      WHERE n.nspname = $1 AND t.relname = $2 AND starts_with(i.relname, t.relname || '.')
        AND substr(i.relname, length(t.relname) + 2) ~ $3`,
    [schema, tableName(collection), INDEX_SUFFIX],
  );
  return found.map(({ name, valid }) => ({ name: name ?? "", valid: valid === "t" }));
}
