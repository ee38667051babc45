import { ACCEPT, SourceError } from "@freshet/postgres/errors";
import { RowKeyEncoder } from "@freshet/schemas/row-key";
import { formatTableName } from "@freshet/process/table-name";
import type { Tuple } from "../replication/pgoutput.js";
import type { CapturedTable } from "./captured-table.js";

/** @throws {SourceError} when the replica identity leaves a key column out. */
export type KeyOf = (tuple: Tuple) => string;

/** How the table's rows are named. */
export function rowKeys(table: CapturedTable): KeyOf {
  const columns = table.key.map((place) => ({ place, column: table.columns[place] }));
  const encoder = new RowKeyEncoder(columns.map(({ column }) => column?.name ?? ""));
  return (tuple) =>
    encoder.encode(
      columns.map(({ place, column }) => {
        const text = tuple[place];
        if (column === undefined || typeof text !== "string") throw uncoveredKey(table);
        return column.toJson(text);
      }),
    );
}

function uncoveredKey(table: CapturedTable): SourceError {
  return new SourceError(
    "table-identity",
    `The replica identity of ${formatTableName(table)} doesn't cover its primary key, so a deleted row has no name: run ` +
      `ALTER TABLE … REPLICA IDENTITY DEFAULT (with a primary key) or FULL; then, ${ACCEPT}.`,
  );
}
