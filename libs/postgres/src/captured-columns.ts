import type { SourceTable } from "@freshet/process/source-configuration";

/** What is captured of a table, of the columns that it has, in their order. */
export function capturedColumns<T extends { readonly name: string }>(
  { columns }: Pick<SourceTable, "columns">,
  all: readonly T[],
): readonly T[] {
  if (columns === undefined) return all;
  return "include" in columns
    ? all.filter(({ name }) => columns.include.includes(name))
    : all.filter(({ name }) => !columns.exclude.includes(name));
}
