// #region test
import { text } from "@freshet/streaming/codecs";
import { TopologyTestDriver } from "@freshet/streaming/testing/topology-test-driver";
import { expect, test } from "vitest";
import { orderTotals } from "./order-totals.js";
import { orders, totals } from "./orders.js";

test("each order has its total, until it is cancelled", async () => {
  const driver = new TopologyTestDriver();
  orderTotals(driver);
  const { produced } = await driver.pipe(orders, [
    { key: "7", value: { item: "pear", pieces: 3, price: 2 } },
    { key: "8", value: { item: "plum", pieces: 1, price: 5 } },
    { key: "7", value: null },
  ]);
  expect(produced(totals).map(({ key, value }) => [key, value?.total])).toEqual([
    ["7", 6],
    ["8", 5],
    ["7", undefined],
  ]);
});

test("what is no order is a dead letter, and is behind us", async () => {
  const driver = new TopologyTestDriver();
  orderTotals(driver);
  const { deadLetters } = await driver.pipe({ ...orders, value: text }, [{ key: "9", value: '{"item":"fig"}' }]);
  expect(deadLetters.map(({ reason }) => reason)).toEqual(["this is no order"]);
  expect(driver.committed(orders)).toEqual(new Map([[0, 1n]]));
});
// #endregion
