import zlib from "node:zlib";
import { Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { text } from "../../codecs.js";
import { FatalError } from "../../errors.js";
import { createApplication, readTopic, start } from "../../testing/applications.js";
import { createTopic, deadLetterTopic, testConnection, topicOf } from "../../testing/broker.js";
import type { Compression } from "./compression.js";
import { openDeliveryChannel } from "../delivery-channel.js";
import { hasZstd } from "./zstd-codec.js";

/** More than a block of snappy's framing, and of LZ4's. */
const VALUES = Array.from({ length: 5 }, (_, index) => `${index} words, words, mere words, ${index}; `.repeat(5000));
const COMPRESSIONS: Compression[] = ["gzip", "snappy", "lz4", ...(hasZstd(zlib) ? (["zstd"] as const) : [])];

async function openChannel(compression: Compression) {
  const connection = { ...testConnection(), compression };
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  onTestFinished(() => channel.close(1000));
  return channel;
}

async function produceAndRead(compression: Compression, config: Record<string, string>): Promise<void> {
  const topic = await createTopic(1, config);
  const channel = await openChannel(compression);
  for (const [index, value] of VALUES.entries()) channel.offer({ topic, key: String(index), value });
  await channel.flush();
  const read = await readTopic(topicOf(topic, text), ({ length }) => length === VALUES.length);
  expect(read.map(({ value }) => value)).toEqual(VALUES);
}

// Kept as they are; the topic takes none of the records when it isn't compressed.
test.each(COMPRESSIONS)("what is compressed with %s is smaller, and is read again", (compression) =>
  produceAndRead(compression, { "max.message.bytes": "80000" }),
);

// The broker's own Java decompresses our batches, and compresses them anew for the topic.
test.each(COMPRESSIONS)("Kafka reads what is compressed here with %s", (compression) =>
  produceAndRead(compression, { "compression.type": compression === "gzip" ? "lz4" : "gzip" }),
);

test.each(COMPRESSIONS)("what Kafka compresses with %s is read here", (compression) =>
  produceAndRead("none", { "compression.type": compression }),
);

test.skipIf(hasZstd(zlib))("a codec that is missing ends those that need it, with one sentence", async () => {
  const sentence = "Records are compressed with zstd, which needs Node 22.15 or newer";
  const topic = await createTopic(1, { "compression.type": "zstd" });
  const refused = await openChannel("zstd");
  refused.offer({ topic, key: null, value: "a" });
  await expect(refused.failed).rejects.toThrow(sentence);

  const channel = await openChannel("none");
  channel.offer({ topic, key: null, value: "a" });
  await channel.flush();
  const application = createApplication();
  application.dataframe(topicOf(topic, text)).update(() => undefined);
  const ended = await start(application).ended;
  expect(ended).toBeInstanceOf(FatalError);
  expect((ended as FatalError).message).toContain(sentence);
});
