import { once } from "node:events";
import { openKafka } from "../cdc/servers.js";
import type { BareHopOrder } from "./bare-hop.js";
import { changed, toRow } from "./rows.js";

const [{ brokers, group, input, output, work, sessionTimeoutMs, settings }] = (await once(process, "message")) as [
  BareHopOrder,
];
const WORK = {
  json: (value: Buffer) => JSON.stringify(changed(toRow(JSON.parse(value.toString())))),
  bytes: (value: Buffer) => value,
};
const change = WORK[work];

const kafka = openKafka(brokers);
const producer = kafka.producer({
  idempotent: true,
  maxInFlightRequests: 1,
  // kafkajs' own would look at the topic's leaders for each message.
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
});
// By default a fetch brings 1 MiB of a partition, which still fits into one record batch of the output.
const consumer = kafka.consumer({ groupId: group, sessionTimeout: sessionTimeoutMs });
process.once("SIGTERM", () => void leave()).once("disconnect", () => void leave());

await producer.connect();
await consumer.connect();
await consumer.subscribe({ topic: input, fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: settings.partitionsConsumedConcurrently,
  // kafkajs commits behind each batch, once this has resolved.
  eachBatch: async ({ batch: { partition, messages } }) => {
    const size = settings.messagesPerSend ?? messages.length;
    for (let start = 0; start < messages.length; start += size) {
      const changedMessages = messages.slice(start, start + size).map(({ key, value }) => ({
        key,
        value: value === null ? null : change(value),
        partition,
      }));
      await producer.sendBatch({ acks: -1, topicMessages: [{ topic: output, messages: changedMessages }] });
    }
  },
});

async function leave(): Promise<void> {
  await consumer.disconnect();
  await producer.disconnect();
  process.exit(0);
}
