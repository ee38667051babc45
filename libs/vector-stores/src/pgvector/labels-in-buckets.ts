import { digestSql } from "../row-digest.js";
import type { StoredPoint } from "../vector-store.js";
import type { Database } from "./database.js";
import { METADATA, toStoredPoint, type MetadataRow } from "./point.js";

export interface LabelsQuestion {
  /** Quoted, with its schema. */
  readonly table: string;
  readonly buckets: readonly number[];
  readonly signal: AbortSignal;
}

/** The points of the rows in some buckets: one pass over the table, on a connection of its own, since it may take minutes. */
export async function readLabelsIn(
  database: Database,
  { table, buckets, signal }: LabelsQuestion,
): Promise<readonly StoredPoint[]> {
  // OFFSET keeps the planner from computing the key's sha256 wherever it is used.
  const text = `SELECT ${METADATA} FROM (SELECT *, sha256(convert_to(row_key, 'UTF8')) AS of_key FROM ${table} OFFSET 0) keyed
    WHERE ${digestSql.bucket} = ANY ($1::int[])`;
  let points: StoredPoint[] = [];
  await database.apart({ signal, cancels: true }, async (query) => {
    // A statement that is long by its rows isn't worth being compiled.
    await query("SET jit = off");
    points = (await query<MetadataRow>(text, [buckets])).map(toStoredPoint);
  });
  return points;
}
