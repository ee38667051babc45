import { Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { readTopic } from "../testing/applications.js";
import { produce, testAdmin, testConnection } from "../testing/broker.js";
import { orders, totals } from "./orders.js";
import { runOrderTotals } from "./run-order-totals.js";

test("the example runs with a broker", async () => {
  await (await testAdmin()).ensureTopic({ name: orders.name, partitions: 3 });
  const order = JSON.stringify({ item: "pear", pieces: 3, price: 2 });
  await produce([
    { topic: orders.name, key: "7", value: order },
    { topic: orders.name, key: "8", value: order },
    { topic: orders.name, key: "7", value: null },
  ]);
  const stop = new AbortController();
  const ended = runOrderTotals({ connection: testConnection(), registry: new Registry(), signal: stop.signal });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  const produced = await readTopic(totals, (messages) => messages.length >= 3);
  const ofKey = (wanted: string) => produced.filter(({ key }) => key === wanted).map(({ value }) => value);
  expect(ofKey("7").slice(0, 2)).toEqual([{ item: "pear", pieces: 3, price: 2, total: 6 }, null]);
  expect(ofKey("8")[0]?.total).toBe(6);
});
