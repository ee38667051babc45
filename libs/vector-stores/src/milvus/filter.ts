import type { Position } from "@freshet/schemas/position";

/*
 * Milvus' boolean expressions, https://milvus.io/docs/boolean.md. Values stand in them as literals: the client's own
 * templates take the type of a list from its first element, and have none for integers beyond 2^53.
 */

/** Milvus' strings know JSON's escapes, and nothing within one is read as anything else. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

export function idIn(ids: readonly string[]): string {
  return `id in [${ids.map(quoted).join(", ")}]`;
}

/** Every point: no id is empty. */
export function idAfter(id: string | null): string {
  return `id > ${quoted(id ?? "")}`;
}

export function olderThan(rows: {
  readonly table: string;
  readonly partition: number;
  readonly position: Position;
}): string {
  const { epoch, commitLsn, seq } = rows.position;
  const older = `(epoch < ${epoch} or (epoch == ${epoch} and (lsn < ${commitLsn} or (lsn == ${commitLsn} and seq < ${seq}))))`;
  return `source_table == ${quoted(rows.table)} and source_partition == ${rows.partition} and ${older}`;
}
