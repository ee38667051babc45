import type { OperatorRun } from "../batches/batch-run.js";
import { eachItem } from "./each-item.js";
import type { Message } from "../message.js";
import type { Item } from "./pipeline-run.js";

/** How each new column is made of a row. */
export type Columns<K, V> = Readonly<Record<string, (row: V, message: Message<K, V>) => unknown>>;

type Values<C extends Columns<never, never>> = { [Name in keyof C]: Awaited<ReturnType<C[Name]>> };

/** The row with its new columns; one that was there already has its new type. */
export type Assigned<V, C extends Columns<never, never>> = V extends unknown
  ? keyof V & keyof C extends never
    ? V & Values<C>
    : Omit<V, keyof C> & Values<C>
  : never;

/** Computes column by column, so that what fails for now is tried again alone. Rows are copied, never changed. */
export async function assignColumns<K, V extends object, C extends Columns<K, V>>(
  items: readonly Item<K, V>[],
  run: OperatorRun,
  columns: C,
): Promise<Item<K, Assigned<V, C>>[]> {
  let open = items.map((item) => ({ item, row: { ...item.message.value } }));
  for (const [name, column] of Object.entries(columns)) {
    const done = await eachItem(open, run, {
      stage: "assign",
      sourceOf: ({ item }) => item.source,
      work: ({ item: { message } }) => column(message.value, message),
    });
    open = done.map(({ item: { item, row }, result }) => ({ item, row: { ...row, [name]: result } }));
  }
  // That every column is there is what the loop is for; the compiler can't follow names into a type.
  return open.map(({ item, row }) => ({ ...item, message: { ...item.message, value: row as Assigned<V, C> } }));
}
