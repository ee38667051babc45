import { once } from "node:events";
import type { Message, Producer } from "kafkajs";
import type { BareProducerOrder, BareProducerResult } from "./bare-producer.js";
import { openKafka } from "./servers.js";

const BATCHES = [250, 500, 1000, 2000, 4000];
const PROBE_MESSAGES = 40_000;

const [order] = (await once(process, "message")) as [BareProducerOrder];
process.send?.(await measure(order));

async function measure({ brokers, topic, runs }: BareProducerOrder): Promise<BareProducerResult> {
  const messages = await readAll(brokers, topic);
  const probe = messages.slice(0, PROBE_MESSAGES);
  // The first is for warming up.
  await produce(brokers, probe, 1000);
  let best = { batch: 0, rate: 0 };
  for (const batch of BATCHES) {
    const rate = await produce(brokers, probe, batch);
    if (rate > best.rate) best = { batch, rate };
  }
  const rates: number[] = [];
  const unpartitionedRates: number[] = [];
  for (let run = 0; run < runs; run++) {
    rates.push(await produce(brokers, messages, best.batch));
    unpartitionedRates.push(await produce(brokers, messages, best.batch, { withPartitioner: false }));
  }
  return { batch: best.batch, rates, unpartitionedRates };
}

/** In the order in which the rows were inserted, as the producer had them. */
async function readAll(brokers: string[], topic: string): Promise<Message[]> {
  const kafka = openKafka(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  let missing = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const found: { id: number; message: Message }[] = [];
  const consumer = kafka.consumer({ groupId: `${topic}.again` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const each = (partition: number, key: Buffer | null, value: Buffer | null) => {
      const id = (JSON.parse(key?.toString() ?? "{}") as { id?: number }).id ?? -1;
      found.push({ id, message: { key: key?.toString() ?? null, value: value?.toString() ?? null, partition } });
      missing -= 1;
      if (missing === 0) resolve();
    };
    const eachBatch = ({
      batch,
    }: {
      batch: { partition: number; messages: { key: Buffer | null; value: Buffer | null }[] };
    }) => {
      for (const { key, value } of batch.messages) each(batch.partition, key, value);
      return Promise.resolve();
    };
    consumer.run({ eachBatch }).catch(reject);
  });
  await consumer.disconnect();
  return found.sort((left, right) => left.id - right.id).map(({ message }) => message);
}

async function produce(
  brokers: string[],
  messages: readonly Message[],
  batch: number,
  { withPartitioner = true } = {},
): Promise<number> {
  const kafka = openKafka(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const topic = `bare.${process.pid}.${Date.now()}`;
  const numPartitions = 1 + Math.max(...new Set(messages.map(({ partition }) => partition ?? 0)));
  await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: true });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    ...(withPartitioner
      ? {}
      : {
          createPartitioner:
            () =>
            ({ message }) =>
              message.partition ?? 0,
        }),
  });
  await producer.connect();
  const startedAt = performance.now();
  await sendAll(producer, topic, messages, batch);
  const elapsedMs = performance.now() - startedAt;
  await producer.disconnect();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
  return (messages.length / elapsedMs) * 1000;
}

async function sendAll(producer: Producer, topic: string, messages: readonly Message[], batch: number): Promise<void> {
  for (let start = 0; start < messages.length; start += batch) {
    await producer.send({ topic, acks: -1, messages: messages.slice(start, start + batch) });
  }
}
