import type { Session } from "@freshet/postgres/session";

/** A column as a polled table needs to know it. */
export interface TypedColumn {
  readonly name: string;
  /** As SQL writes the type, with its modifier. */
  readonly type: string;
  /** Of the type that a domain is made of, or of the type itself. */
  readonly baseOid: number;
}

const COLUMNS = `WITH RECURSIVE base (attnum, oid) AS (
  SELECT a.attnum, a.atttypid FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL SELECT base.attnum, t.typbasetype FROM base JOIN pg_type t USING (oid) WHERE t.typtype = 'd'
)
SELECT a.attname, format_type(a.atttypid, a.atttypmod),
  (SELECT base.oid FROM base JOIN pg_type t USING (oid) WHERE base.attnum = a.attnum AND t.typtype <> 'd')
FROM pg_attribute a WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped`;

export async function readTypedColumns(session: Session, oid: string): Promise<ReadonlyMap<string, TypedColumn>> {
  const rows = await session.rows(COLUMNS, [oid]);
  return new Map(
    rows.map(([name, type, baseOid]) => [name ?? "", { name: name ?? "", type: type ?? "", baseOid: Number(baseOid) }]),
  );
}

const INDEXES = `SELECT json_agg(a.attname ORDER BY place.n)
FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY place (attnum, n)
JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = place.attnum
WHERE i.indrelid = $1::oid AND i.indisvalid AND i.indpred IS NULL AND place.n <= i.indnkeyatts
GROUP BY i.indexrelid`;

/** Whether an index begins with these columns, in their order. */
export async function hasIndex(session: Session, oid: string, columns: readonly string[]): Promise<boolean> {
  const rows = await session.rows(INDEXES, [oid]);
  const indexes = rows.map(([names]) => JSON.parse(names ?? "[]") as string[]);
  return indexes.some((names) => columns.every((column, place) => names[place] === column));
}
