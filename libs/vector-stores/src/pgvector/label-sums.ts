import { weightSql, type LabelSum } from "../label-sums.js";
import { digestSql, labelledHashSql } from "../row-digest.js";
import type { Database } from "./database.js";

/** Sums by bucket have their place in memory, and a long statement isn't worth being compiled. */
const SETTINGS = "SET work_mem = '64MB'; SET jit = off";
/** A digest has 56 bits: times so much it is a bigint still. */
const LARGEST_WEIGHT = 127;

/** @param table quoted, with its schema. */
function sumsSql(table: string): string {
  const light = `weight BETWEEN -${LARGEST_WEIGHT} AND ${LARGEST_WEIGHT}`;
  // OFFSET keeps the planner from writing the inner expressions out wherever they are used.
  return `SELECT bucket, count(*) AS points, count(*) FILTER (WHERE chunk = 0) AS heads,
      sum(digest) FILTER (WHERE chunk = 0) AS digests, sum(chunks) FILTER (WHERE chunk = 0) AS chunks,
      coalesce(sum(digest * weight) FILTER (WHERE weight <> 0 AND ${light}), 0)
        + coalesce(sum(digest::numeric * weight) FILTER (WHERE NOT ${light}), 0) AS imbalance
    FROM (SELECT chunk, chunks, ${weightSql} AS weight, ${digestSql.bucket} AS bucket, ${digestSql.digest} AS digest
      FROM (SELECT chunk, chunks, sha256(convert_to(row_key, 'UTF8')) AS of_key, ${labelledHashSql("row_hash")} AS of_row
        FROM ${table} OFFSET 0) labels OFFSET 0) digests
    GROUP BY bucket`;
}

/** One pass over the table, on a connection of its own, since it may take minutes. */
export async function readLabelSums(
  database: Database,
  { table, signal }: { readonly table: string; readonly signal: AbortSignal },
): Promise<readonly LabelSum[]> {
  let sums: LabelSum[] = [];
  await database.apart({ signal, cancels: true }, async (query) => {
    await query(SETTINGS);
    sums = (await query(sumsSql(table))).map(({ bucket, points, heads, digests, chunks, imbalance }) => ({
      ...{ bucket: Number(bucket), points: Number(points), heads: Number(heads), chunks: Number(chunks ?? 0) },
      ...{ digests: BigInt(digests ?? 0), imbalance: BigInt(imbalance ?? 0) },
    }));
  });
  return sums;
}
