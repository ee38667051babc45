import type { KeyColumn } from "@freshet/postgres/key-order";
import { quoteIdentifier, quoteSource, type Session, type TextRow } from "@freshet/postgres/session";
import type { Chunk } from "../snapshot/chunk.js";
import { TARGET_LENGTH, textLength } from "../snapshot/fetch-size.js";
import { behind } from "../snapshot/key-condition.js";
import type { RangeSelection } from "../snapshot/selection.js";
import { filters, whereAll, type Filtered } from "./chunk-query.js";
import type { TableDescription } from "./table-description.js";

/** The next rows may be far wider than those before, and these are all in memory at once. */
const MAX_BATCH = 500;
/**
 * Rows that are looked at, however few of them a condition takes: the stream remembers what it changes while a chunk is
 * read, so that mustn't last.
 */
const MAX_SCANNED = 10_000;

/** The next rows in key order, in a transaction whose planner doesn't sort. */
export async function selectRange(
  session: Session,
  description: TableDescription,
  filter: Filtered,
  { after, where, limit }: RangeSelection,
): Promise<Pick<Chunk, "rows" | "lastKey" | "isLast">> {
  const { table, key } = description;
  const conditions = [...filters(filter.where), ...filters(where ?? undefined)];
  const source = `${quoteSource(table)} ${after === null ? "" : `WHERE ${behind(key, 1)}`} ${orderBy(key)}`;
  const columns = list(table.columns);
  const query =
    conditions.length === 0
      ? `SELECT ${columns} FROM ${source}`
      : `SELECT ${columns} FROM (SELECT * FROM ${source} LIMIT ${MAX_SCANNED}) AS ${quoteIdentifier(table.name)}
         ${whereAll(conditions)} ${orderBy(key)}`;
  // With parameters, be they none, so that it is one statement, whatever the condition says.
  await session.rows(`DECLARE chunk NO SCROLL CURSOR FOR ${query}`, after ?? []);
  const { rows, atEnd } = await fetchRows(session, limit);
  const last = rows.at(-1);
  const lastKey = last === undefined ? null : table.key.map((place) => last[place] ?? "");
  if (!atEnd || conditions.length === 0) return { rows, lastKey, isLast: atEnd };
  const [scanned] = await session.rows(
    `SELECT ${list(key)} FROM ${source} OFFSET ${MAX_SCANNED - 1} LIMIT 1`,
    after ?? [],
  );
  if (scanned === undefined) return { rows, lastKey, isLast: true };
  return { rows, lastKey: scanned.map((text) => text ?? ""), isLast: false };
}

async function fetchRows(
  session: Session,
  limit: number,
): Promise<{ readonly rows: TextRow[]; readonly atEnd: boolean }> {
  const rows: TextRow[] = [];
  for (let length = 0; rows.length < limit && length < TARGET_LENGTH;) {
    const count = Math.min(MAX_BATCH, limit - rows.length);
    const batch = await session.rows(`FETCH ${count} FROM chunk`);
    rows.push(...batch);
    if (batch.length < count) return { rows, atEnd: true };
    length += textLength(batch);
  }
  return { rows, atEnd: false };
}

function list(columns: readonly { readonly name: string }[]): string {
  return columns.map(({ name }) => quoteIdentifier(name)).join(", ");
}

function orderBy(key: readonly KeyColumn[]): string {
  return `ORDER BY ${list(key)}`;
}
