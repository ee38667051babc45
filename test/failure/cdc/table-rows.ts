import type { Client } from "pg";

/** `"schema"."name"`, as SQL wants it. */
export function quoted(...names: readonly string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join(".");
}

export interface NamedTable {
  readonly schema: string;
  readonly name: string;
}

/** What the table says: each row's hash by its key, computed by Postgres itself. */
export async function tableRows(client: Client, { schema, name }: NamedTable): Promise<Map<string, string>> {
  const table = quoted(schema, name);
  const columns = await client.query<{ name: string; inKey: boolean }>(
    `SELECT a.attname AS name, coalesce(a.attnum = ANY (i.indkey), false) AS "inKey"
     FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
     WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [table],
  );
  const texts = columns.rows.map((column) => `${quoted(column.name)}::text`);
  const parts = texts.map((text) => `coalesce(octet_length(${text}) || ':' || ${text}, '~')`);
  const key = columns.rows.flatMap(({ inKey }, place) => (inKey ? [texts[place] ?? ""] : []));
  const { rows } = await client.query<{ key: string; hash: string }>(
    `SELECT concat_ws('/', ${key.join(", ")}) AS key,
       encode(sha256(convert_to(concat(${parts.join(", ")}), 'UTF8')), 'hex') AS hash FROM ${table}`,
  );
  return new Map(rows.map(({ key: row, hash }) => [row, hash]));
}

const NAMED_KEYS = 5;

/** What differs, in one sentence that names some of the keys; null when nothing does. */
export function difference(table: ReadonlyMap<string, string>, topic: ReadonlyMap<string, string>): string | null {
  const keys = new Set([...table.keys(), ...topic.keys()]);
  const differing = [...keys].filter((key) => table.get(key) !== topic.get(key));
  if (differing.length === 0) return null;
  const named = differing.slice(0, NAMED_KEYS).map((key) => {
    if (!topic.has(key)) return `${key} only in the table`;
    return table.has(key) ? `${key} with other values` : `${key} only in the topic`;
  });
  return `${differing.length} of ${keys.size} rows differ: ${named.join(", ")}`;
}
