import type { KeyColumn } from "@freshet/postgres/key-order";
import { quoteIdentifier, quoteSource, type Session } from "@freshet/postgres/session";
import type { CapturedTable } from "../events/captured-table.js";
import type { Row } from "../events/event-format.js";
import { equals } from "../snapshot/key-condition.js";
import { keyValueText } from "../snapshot/refusal.js";
import { KEYS_PER_CHUNK, type KeySelection } from "../snapshot/selection.js";
import type { TableDescription } from "./table-description.js";

/** A publication's row filter: SQL over the table's columns. */
export interface Filtered {
  readonly where?: string | undefined;
}

/** The rows that some keys have, and the keys that have none, as rows of nothing else. */
export async function selectKeys(
  session: Session,
  description: TableDescription,
  filter: Filtered,
  { keys, from }: KeySelection,
): Promise<{ readonly rows: readonly Row[]; readonly absent: readonly Row[] }> {
  const { table, key } = description;
  const wanted = new Map<string, readonly (string | null)[]>();
  for (const asked of keys.slice(from, from + KEYS_PER_CHUNK)) {
    const texts = key.map(({ name }) => keyValueText(asked, name));
    // As Postgres prints them, so that a key is known again however it was written.
    const printed = await session.row(
      `SELECT ${key.map(({ type }, place) => `$${place + 1}::${type}`).join(", ")}`,
      texts,
    );
    wanted.set(JSON.stringify(printed), printed);
  }
  const alternatives = [...wanted.values()].map((_, place) => `(${equals(key, 1 + place * key.length)})`);
  const conditions = [...filters(filter.where), `(${alternatives.join(" OR ")})`];
  const parameters = [...wanted.values()].flatMap((texts) => texts.map((text) => text ?? ""));
  const rows = await session.rows(`${select(table)} ${whereAll(conditions)}`, parameters);
  for (const row of rows) wanted.delete(JSON.stringify(table.key.map((place) => row[place] ?? null)));
  return { rows, absent: [...wanted.values()].map((texts) => rowOfKey(table, key, texts)) };
}

function select(table: CapturedTable): string {
  return `SELECT ${table.columns.map(({ name }) => quoteIdentifier(name)).join(", ")} FROM ${quoteSource(table)}`;
}

export function whereAll(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}

/** On lines of its own, so that a comment in it ends with it. */
export function filters(where: string | undefined): string[] {
  return where === undefined ? [] : [`(\n${where}\n)`];
}

function rowOfKey(table: CapturedTable, key: readonly KeyColumn[], texts: readonly (string | null)[]): Row {
  return table.columns.map(({ name }) => {
    const place = key.findIndex((column) => column.name === name);
    return place < 0 ? null : (texts[place] ?? null);
  });
}
