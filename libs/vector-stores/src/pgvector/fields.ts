import { createHash } from "node:crypto";
import pg from "pg";
import type { FieldType } from "../collection-spec.js";

const PREFIX = "payload.";
const MAX_NAME_BYTES = 63;

/**
 * A field has a column of its own, which Postgres computes: an index over the payload itself would be written, and the
 * vectors' with it, whenever any column of the payload changes (HOT asks which columns an index reads,
 * https://www.postgresql.org/docs/current/storage-hot.html).
 */
export function fieldColumnDefinition(field: string): string {
  return `${fieldColumn(field)} jsonb GENERATED ALWAYS AS (payload -> ${pg.escapeLiteral(field)}) STORED`;
}

/** A name with a point is ours alone. */
export function fieldColumnName(field: string): string {
  const name = PREFIX + field;
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  return PREFIX + createHash("sha256").update(field).digest("hex").slice(0, 40);
}

/** Quoted. */
export function fieldColumn(field: string): string {
  return pg.escapeIdentifier(fieldColumnName(field));
}

/** What an index of the field is made over, after `USING`. */
export function fieldIndex(field: string, type: FieldType): string {
  switch (type) {
    case "keyword":
    case "boolean":
      // Takes values of any length, and finds a list by its elements.
      return `gin (${fieldColumn(field)} jsonb_path_ops)`;
    case "integer":
    case "float":
      return `btree ((${numberOf(fieldColumn(field))}))`;
    default:
      return type satisfies never;
  }
}

/** A field's value for an index of numbers: of a list it's NaN, which is above all numbers; null of anything else. */
export function numberOf(column: string): string {
  return `CASE jsonb_typeof(${column}) WHEN 'number' THEN ${column}::numeric WHEN 'array' THEN 'NaN'::numeric END`;
}
