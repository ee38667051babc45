import { once } from "node:events";
import { Application } from "@freshet/streaming/application";
import { bytes, text } from "@freshet/streaming/codecs";
import { Registry } from "prom-client";
import { benchConnection } from "./connection.js";
import type { StalledSinkOrder } from "./stalled-sink.js";

const [order] = (await once(process, "message")) as [StalledSinkOrder];
const mayAnswer = once(process, "message");
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort()).once("disconnect", () => stop.abort());

const application = new Application({
  connection: benchConnection(order.brokers),
  consumerGroup: order.group,
  sessionTimeoutMs: order.sessionTimeoutMs,
  registry: new Registry(),
  deadLetterTopic: (origin) => `dlq.${origin}`,
});
const write = async () => {
  await mayAnswer;
};
application
  .dataframe(application.topic(order.input, { key: text, value: bytes }))
  .sink({ write }, { maxItems: 500, maxBytes: 1024 * 1024, maxWaitMs: 20 });
await application.run({ signal: stop.signal });
process.exit(0);
