import { SourceError } from "./errors.js";
import { covers, type SeenTable, type TableCheck } from "./seen-table.js";

/** Whether what is left out, or filtered by, is there and may be. */
export function checkColumns({ table, filterColumns }: TableCheck, label: string, seen: SeenTable) {
  const { columns } = table;
  const named = columns === undefined ? [] : "include" in columns ? columns.include : columns.exclude;
  const problems = [checkKnown(named, label, seen)];
  if (columns !== undefined && "include" in columns) problems.push(checkListed(columns.include, label, seen));
  if (columns !== undefined && "exclude" in columns) problems.push(checkLeftOut(columns.exclude, label, seen));
  if (filterColumns.length > 0) problems.push(checkFiltered(filterColumns, label, seen));
  return problems;
}

function checkKnown(named: readonly string[], label: string, { columns }: SeenTable): SourceError | null {
  const captured = columns.filter(({ generated }) => !generated).map(({ name }) => name);
  const unknown = named.find((name) => !captured.includes(name));
  if (unknown === undefined) return null;
  return new SourceError(
    "column-unknown",
    `Table ${label} has no column "${unknown}" that can be captured: name some of ${captured.join(", ")} in its columns in source.tables.`,
  );
}

function checkLeftOut(excluded: readonly string[], label: string, { keyColumns }: SeenTable): SourceError | null {
  const missed = keyColumns.find((name) => excluded.includes(name));
  if (missed === undefined) return null;
  return new SourceError(
    "column-needed",
    `Column ${missed} is part of what names the rows of ${label}, so it can't be left out: take it out of columns.exclude.`,
  );
}

/** An UPDATE of the source fails when its table's published columns leave out some of the replica identity. */
function checkListed(listed: readonly string[], label: string, { keyColumns, parts }: SeenTable): SourceError | null {
  const unnamed = keyColumns.find((name) => !listed.includes(name));
  if (unnamed !== undefined) {
    return new SourceError(
      "column-needed",
      `Column ${unnamed} is part of what names the rows of ${label}, so it can't be left out: add it to columns.include.`,
    );
  }
  for (const { name, identity } of parts) {
    if (identity === "full") {
      return new SourceError(
        "column-needed",
        `A list of columns of ${label} would make updates fail, because ${name} has REPLICA IDENTITY FULL: use columns.exclude ` +
          `instead, or run ALTER TABLE ${name} REPLICA IDENTITY DEFAULT (with a primary key) or USING INDEX ….`,
        { sql: `ALTER TABLE ${name} REPLICA IDENTITY DEFAULT` },
      );
    }
    const missed = identity === "none" ? undefined : identity.find((column) => !listed.includes(column));
    if (missed !== undefined) {
      return new SourceError(
        "column-needed",
        `Without column ${missed}, which is part of the replica identity of ${name}, updates of ${label} would fail: add it to columns.include.`,
      );
    }
  }
  return null;
}

/** An UPDATE of the source fails when its table's filter looks at a column outside of the replica identity. */
function checkFiltered(filterColumns: readonly string[], label: string, { parts }: SeenTable): SourceError | null {
  const part = parts.find(({ identity }) => !covers(identity, filterColumns));
  if (part === undefined) return null;
  const sql = `ALTER TABLE ${part.name} REPLICA IDENTITY FULL`;
  return new SourceError(
    "filter-refused",
    `The filter of ${label} looks at ${filterColumns.join(", ")}, which isn't all part of the replica identity of ${part.name}, so updates ` +
      `would fail: run ${sql}, or take its where out of source.tables.`,
    { sql },
  );
}
