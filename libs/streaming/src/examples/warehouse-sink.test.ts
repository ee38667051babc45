import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { TopologyTestDriver } from "@freshet/streaming/testing/topology-test-driver";
import { expect, onTestFinished, test } from "vitest";
import { totals } from "./orders.js";
import { WarehouseSink, fillWarehouse } from "./warehouse-sink.js";

/** Gives these answers, in turn. */
async function startWarehouse(answers: readonly { status: number; body?: string }[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { status, body: text } = answers[requests.length] ?? { status: 500, body: "" };
      requests.push(body.toString());
      response.writeHead(status).end(text);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const driver = new TopologyTestDriver();
  fillWarehouse(driver, new WarehouseSink(`http://127.0.0.1:${address.port}`));
  return { driver, requests };
}

const total = (item: string) => ({ key: item, value: { item, pieces: 1, price: 2, total: 2 } });

test("waits for a warehouse in trouble, and leaves out what it refuses", async () => {
  const { driver, requests } = await startWarehouse([{ status: 503 }, { status: 422, body: "1" }, { status: 204 }]);
  const { deadLetters } = await driver.pipe(totals, [total("pear"), total("plum"), { key: "fig", value: null }]);
  expect(deadLetters).toMatchObject([{ record: { offset: 1n }, reason: "The warehouse refuses this total." }]);
  expect(requests).toHaveLength(3);
  expect(requests[1]).toBe(requests[0]);
  expect(JSON.parse(requests[2] ?? "")).toEqual([total("pear"), { key: "fig", value: null }]);
});

test("stops when the warehouse doesn't let it in", async () => {
  const { driver } = await startWarehouse([{ status: 401 }]);
  await expect(driver.pipe(totals, [total("pear")])).rejects.toThrow("look at its log");
  expect(driver.committed(totals)).toEqual(new Map());
});
