import { randomName } from "@freshet/local-stack/testing";
import { Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { readTopic } from "../testing/applications.js";
import { createTopic, produce, testConnection } from "../testing/broker.js";
import { orders, totals } from "./orders.js";
import { runOrderTotals } from "./run-order-totals.js";

test("the example runs with a broker as it does without one", async () => {
  const topics = {
    orders: { ...orders, name: await createTopic(3) },
    totals: { ...totals, name: randomName("totals") },
  };
  const value = JSON.stringify({ item: "pear", pieces: 3, price: 2 });
  const topic = topics.orders.name;
  await produce([
    { topic, key: "7", value },
    { topic, key: "8", value },
    { topic, key: "7", value: null },
  ]);
  const stop = new AbortController();
  const connection = testConnection();
  const options = { connection, consumerGroup: randomName("group"), registry: new Registry(), signal: stop.signal };
  const ended = runOrderTotals(options, topics);
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
  const produced = await readTopic(topics.totals, ({ length }) => length === 3);
  const ofKey = (wanted: string) => produced.filter(({ key }) => key === wanted).map((message) => message.value);
  expect(ofKey("7")).toEqual([{ item: "pear", pieces: 3, price: 2, total: 6 }, null]);
  expect(ofKey("8")).toMatchObject([{ total: 6 }]);
});
