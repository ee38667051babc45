// #region topology
import type { Topology } from "@freshet/streaming/topology";
import { orders, totals } from "./orders.js";

export function orderTotals(app: Topology, topics = { orders, totals }): void {
  const changes = app.dataframe(topics.orders);
  changes
    .filter((order) => order !== null)
    .assign({ total: ({ pieces, price }) => pieces * price })
    .toTopic(topics.totals);
  changes.filter((order) => order === null).toTopic(topics.totals);
}
// #endregion
