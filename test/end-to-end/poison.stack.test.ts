import { changesTopic, deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { setScene } from "../failure/scene.js";
import { silent } from "../support/quiescence.js";
import { until } from "../support/until.js";

it("puts a message that can't be read aside, with its bytes, and goes on", async () => {
  const scene = await setScene({ seed: Math.floor(Math.random() * 2 ** 31) });
  const services = await Promise.all(
    (["cdc-producer", "embedding-transformer", "vector-sink"] as const).map(async (name) => scene.pipeline.start(name)),
  );
  await Promise.all(services.map(async (service) => service.ready()));
  const changes = changesTopic(scene.table.schema, scene.table.name);
  const documents = embeddingsTopic(scene.name);

  const connection = { brokers: [...scene.brokers], clientId: "freshet.test", logger: silent };
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  channel.offer({ topic: changes, key: '{"id":1}', value: "no change event" });
  channel.offer({ topic: documents, key: '{"id":2}', value: '{"op":"neither"}' });
  await channel.close(10_000);

  scene.workload.start();
  await scene.moreChanges(30);
  await scene.expectIndexEqualsTable();
  for (const [topic, letter] of [
    [changes, ['{"id":1}', "no change event"]],
    [documents, ['{"id":2}', '{"op":"neither"}']],
  ] as const) {
    const signal = AbortSignal.timeout(30_000);
    const letters = await openCompactedTopic({ connection, topic: deadLetterTopic(topic), signal });
    await until(() => letters.entries.size > 0, { what: `${topic} has a dead letter`, timeoutMs: 30_000 });
    expect([...letters.entries]).toEqual([letter]);
    await letters.close();
  }
});
