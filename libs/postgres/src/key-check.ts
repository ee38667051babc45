import { SourceError } from "./errors.js";
import { covers, type SeenTable, type TableCheck } from "./seen-table.js";

/** Whether each row has a name, which the WAL tells of old rows too. */
export function checkKey({ table, quoted }: TableCheck, label: string, seen: SeenTable): (SourceError | null)[] {
  const { primaryKey, keyColumns } = seen;
  if (keyColumns.length === 0) return [withoutKey(quoted, label, seen)];
  return [
    table.key !== undefined && primaryKey.length > 0 ? checkBesidePrimaryKey(table.key, label, primaryKey) : null,
    checkKeyColumns(label, seen),
    checkIdentity(label, seen),
  ];
}

function withoutKey(quoted: string, label: string, { parts }: SeenTable): SourceError {
  const sql = `ALTER TABLE ${quoted} ADD PRIMARY KEY (…)`;
  const orName = parts.some(({ identity }) => identity === "full")
    ? "or name the columns that tell its rows apart as its key in source.tables, {table: " + label + ", key: […]}"
    : `or ALTER TABLE ${quoted} REPLICA IDENTITY USING INDEX … (a unique one whose columns are NOT NULL)`;
  const text = `Table ${label} has no primary key, so its rows have no name: run ${sql}, ${orName}.`;
  return new SourceError("table-without-key", text, { sql });
}

function checkBesidePrimaryKey(
  key: readonly string[],
  label: string,
  primaryKey: readonly string[],
): SourceError | null {
  if (key.length === primaryKey.length && key.every((column) => primaryKey.includes(column))) return null;
  return new SourceError(
    "key-unusable",
    `Table ${label} has a primary key (${primaryKey.join(", ")}), which names its rows: take its key (${key.join(", ")}) ` +
      `out of source.tables in freshet.yaml.`,
  );
}

function checkKeyColumns(label: string, { columns, keyColumns }: SeenTable): SourceError | null {
  for (const name of keyColumns) {
    const column = columns.find((some) => some.name === name);
    const what =
      column === undefined
        ? `no such column; it has ${columns.map((some) => some.name).join(", ")}`
        : column.generated
          ? "a generated column, which isn't published"
          : column.notNull
            ? null
            : "a column that may be null";
    if (what !== null) {
      return new SourceError(
        "key-unusable",
        `Rows of ${label} can't be named by ${name} (${what}): give the table another primary key, or name other columns as its key in source.tables.`,
      );
    }
  }
  return null;
}

function checkIdentity(label: string, { keyColumns, parts }: SeenTable): SourceError | null {
  const part = parts.find(({ identity }) => !covers(identity, keyColumns));
  if (part === undefined) return null;
  const sql = `ALTER TABLE ${part.name} REPLICA IDENTITY FULL`;
  return new SourceError(
    "table-identity",
    `Deletes and updates of ${label} couldn't be told apart by its key (${keyColumns.join(", ")}), or would fail: run ` +
      `ALTER TABLE ${part.name} REPLICA IDENTITY DEFAULT (with a primary key that isn't deferrable), USING INDEX … or FULL.`,
    { sql },
  );
}
