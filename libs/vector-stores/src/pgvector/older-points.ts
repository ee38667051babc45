import type { VectorStore } from "../vector-store.js";
import type { Database } from "./database.js";

/** However many there are in all, Postgres answers in time. */
const POINTS_PER_STATEMENT = 10_000;

interface OlderPoints {
  /** Quoted, with its schema. */
  readonly table: string;
  readonly rows: Parameters<VectorStore["deleteOlder"]>[1];
  /** Throws to keep a delete from starting. */
  readonly beforeDelete: () => void;
}

/** By runs of ids, which no write changes. */
export async function deleteOlder(database: Database, { table, rows, beforeDelete }: OlderPoints): Promise<void> {
  const { epoch, commitLsn, seq } = rows.position;
  const lastOfRun = `SELECT id FROM ${table} WHERE $1::uuid IS NULL OR id > $1
    ORDER BY id OFFSET ${POINTS_PER_STATEMENT - 1} LIMIT 1`;
  const deletion = `DELETE FROM ${table}
    WHERE source_table = $1 AND partition = $2 AND (epoch, lsn, seq) < ($3::bigint, $4::bigint, $5::bigint)
      AND ($6::uuid IS NULL OR id > $6) AND ($7::uuid IS NULL OR id <= $7)`;
  const older = [rows.table, String(rows.partition), String(epoch), String(commitLsn), String(seq)];
  let after: string | null = null;
  do {
    const runs: { readonly id: string }[] = await database.rows(lastOfRun, [after]);
    const last = runs[0]?.id ?? null;
    beforeDelete();
    await database.rows(deletion, [...older, after, last]);
    after = last;
  } while (after !== null);
}
