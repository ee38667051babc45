// #region topology
import type { Topology } from "@freshet/streaming/topology";
import { orders, totals } from "./orders.js";

export function orderTotals(app: Topology, from = orders, to = totals): void {
  const changes = app.dataframe(from);
  changes
    .filter((order) => order !== null)
    .assign({ total: ({ pieces, price }) => pieces * price })
    .toTopic(to);
  changes.filter((order) => order === null).toTopic(to);
}
// #endregion
