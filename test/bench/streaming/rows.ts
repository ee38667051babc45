/** What the messages say. */
interface Row {
  readonly id: number;
  readonly name: string;
  readonly note: string;
  readonly amount: number;
  readonly active: boolean;
}

const LOREM = "lorem ipsum dolor sit amet ".repeat(100);

export const rowKey = (id: number): string => `row-${id}`;

/** A row as JSON of this many bytes; 2,000 at most. */
export function rowText(id: number, bytes: number): string {
  const row: Row = { id, name: `customer ${id}`, note: "", amount: (id % 100_000) / 100, active: id % 2 === 0 };
  return JSON.stringify({ ...row, note: LOREM.slice(0, bytes - JSON.stringify(row).length) });
}

/** @throws {TypeError} it is no row. */
export function toRow(value: unknown): Row {
  if (!isRow(value)) throw new TypeError("this is no row");
  return value;
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && "id" in value && "active" in value;
}

/** What a hop does to a row. */
export function changed(row: Row): Row {
  return { ...row, active: !row.active };
}
