import { once } from "node:events";
import { Application } from "@freshet/streaming/application";
import { bytes, json, text } from "@freshet/streaming/codecs";
import { Registry } from "prom-client";
import { benchConnection } from "./connection.js";
import type { HopOrder } from "./hop.js";
import { changed, toRow } from "./rows.js";

const [order] = (await once(process, "message")) as [HopOrder];
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort()).once("disconnect", () => stop.abort());

const application = new Application({
  connection: benchConnection(order.brokers),
  consumerGroup: order.group,
  sessionTimeoutMs: order.sessionTimeoutMs,
  registry: new Registry(),
  deadLetterTopic: (origin) => `dlq.${origin}`,
  processingGuarantee: order.processingGuarantee ?? "at_least_once",
});
switch (order.work) {
  case "json": {
    const row = json(toRow);
    const input = application.topic(order.input, { key: text, value: row });
    application.dataframe(input).apply(changed).toTopic({ name: order.output, value: row });
    break;
  }
  case "bytes": {
    const input = application.topic(order.input, { key: text, value: bytes });
    application
      .dataframe(input)
      .apply((value) => value)
      .toTopic({ name: order.output, value: bytes });
    break;
  }
  default:
    order.work satisfies never;
}
await application.run({ signal: stop.signal });
process.exit(0);
