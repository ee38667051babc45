import { quoteTable, type Session } from "@freshet/postgres/session";
import type { TableName } from "@freshet/process/table-name";

export interface TableSize {
  /** Of the largest of its parts; null where rows have no places in blocks that can be asked for: views, and before Postgres 14. */
  readonly blocks: number | null;
  /** The planner's number; null when it has none. */
  readonly rows: number | null;
  /** Of each of its parts, by OID: the file that its rows are in. */
  readonly files: ReadonlyMap<string, string>;
}

/** Postgres 14 has scans of ranges of ctid: https://www.postgresql.org/docs/14/release-14.html */
const SIZE = `SELECT CASE WHEN current_setting('server_version_num')::int >= 140000 THEN
    max(pg_relation_size(oid) / current_setting('block_size')::bigint) END, sum(nullif(reltuples, -1))::bigint,
    json_object_agg(oid, pg_relation_filenode(oid)::text)
  FROM pg_class WHERE relkind IN ('r', 'm') AND (oid IN (SELECT relid FROM pg_partition_tree($1::regclass)) OR oid = $1::regclass)`;

export async function readTableSize(session: Pick<Session, "rows">, table: TableName): Promise<TableSize> {
  const [[blocks, rows, files] = []] = await session.rows(SIZE, [quoteTable(table)]);
  return {
    blocks: blocks == null ? null : Number(blocks),
    rows: rows == null ? null : Number(rows),
    files: new Map(Object.entries(JSON.parse(files ?? "{}") as Record<string, string>)),
  };
}

/** Whether rows have other places than they had: after VACUUM FULL, CLUSTER, TRUNCATE or a view's REFRESH, for some. */
export function wasRewritten(
  { files: before }: Pick<TableSize, "files">,
  { files }: Pick<TableSize, "files">,
): boolean {
  return [...files].some(([oid, file]) => before.has(oid) && before.get(oid) !== file);
}

/** A part of a table: of each of its parts the blocks from `first` on, and before `end`. */
export interface TablePart {
  /** Null: the whole table. */
  readonly blocks: { readonly first: number; /** Null: up to the last. */ readonly end: number | null } | null;
  /** About so many; null when it isn't known. */
  readonly rows: number | null;
}

/** Of a table that nothing is known of. */
const ROWS_PER_BLOCK = 100;

/** Parts of about so many rows, that are all rows together, also of a table that grows meanwhile. */
export function* partsOf(
  { blocks, rows }: Omit<TableSize, "files">,
  rowsAtOnce: number,
): Generator<TablePart, void, void> {
  if (blocks === null) {
    yield { blocks: null, rows };
    return;
  }
  const rowsPerBlock = blocks > 0 && rows !== null && rows > 0 ? rows / blocks : ROWS_PER_BLOCK;
  const step = Math.max(1, Math.floor(rowsAtOnce / rowsPerBlock));
  for (let first = 0; first === 0 || first < blocks; first += step) {
    const isLast = first + step >= blocks;
    const end = isLast ? null : first + step;
    yield { blocks: { first, end }, rows: Math.round(((isLast ? blocks : first + step) - first) * rowsPerBlock) };
  }
}
