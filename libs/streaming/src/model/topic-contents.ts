import { Registry } from "prom-client";
import { Application } from "../application.js";
import type { DeliveryChannel } from "../delivery-channel.js";
import type { KafkaConnection } from "../kafka/connection.js";
import type { Headers } from "../message.js";
import type { Codec } from "../topic.js";

export interface StoredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Headers;
}

interface ReadOptions {
  readonly connection: KafkaConnection;
  readonly channel: DeliveryChannel;
  readonly group: string;
  /** With their partition counts. */
  readonly topics: ReadonlyMap<string, number>;
}

const SESSION_TIMEOUT_MS = 10_000;
const END = "end of the history";

const bytes: Codec<Buffer> = {
  encode: (value) => ({ bytes: value }),
  decode: (value) => value ?? Buffer.alloc(0),
};

/** Everything that a reader of committed records finds, in the order of each partition. Nobody may write any more. */
export async function readTopics({ connection, channel, group, topics }: ReadOptions): Promise<StoredRecord[]> {
  // What marks the end is there even where the last records are those of an aborted transaction.
  let open = 0;
  for (const [topic, partitions] of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      channel.offer({ topic, partition, key: END, value: "" });
      open += 1;
    }
  }
  await channel.flush();

  const found = new Map<string, StoredRecord>();
  const done = new AbortController();
  const application = new Application({
    connection,
    consumerGroup: group,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    registry: new Registry(),
    deadLetterTopic: (topic) => topic,
  });
  for (const topic of topics.keys()) {
    application.dataframe(application.topic(topic, { key: bytes, value: bytes })).update((value, message) => {
      const { partition, offset, headers } = message;
      const place = `${topic}/${partition}/${offset}`;
      const key = message.key.toString();
      if (!found.has(place) && key === END && --open === 0) done.abort();
      found.set(place, { topic, partition, offset: Number(offset), key, value, headers });
    });
  }
  await application.run({ signal: done.signal });
  return [...found.values()].filter(({ key }) => key !== END);
}
