// #region topics
import { json, nullable, text } from "@freshet/streaming/codecs";
import type { Topic } from "@freshet/streaming/topic";

export interface Order {
  readonly item: string;
  readonly pieces: number;
  readonly price: number;
}

export type Total = Order & { readonly total: number };

const order = json((value) => {
  if (!isOrder(value)) throw new TypeError("this is no order");
  return value;
});
const total = json((value): Total => {
  if (!isOrder(value) || !("total" in value) || typeof value.total !== "number")
    throw new TypeError("this is no total");
  return { ...value, total: value.total };
});

/** An order that is cancelled is a tombstone: null. */
export const orders: Topic<string, Order | null> = { name: "orders", key: text, value: nullable(order) };
export const totals: Topic<string, Total | null> = { name: "order-totals", key: text, value: nullable(total) };
// #endregion

function isOrder(value: unknown): value is Order {
  return (
    typeof value === "object" &&
    value !== null &&
    "item" in value &&
    typeof value.item === "string" &&
    "pieces" in value &&
    typeof value.pieces === "number" &&
    "price" in value &&
    typeof value.price === "number"
  );
}
