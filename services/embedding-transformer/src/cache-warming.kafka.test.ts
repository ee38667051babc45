import type { EmbeddingCache } from "@freshet/embeddings/cache/embedding-cache";
import { temporaryCache } from "@freshet/embeddings/cache/testing/temporary-cache";
import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { createLogger } from "@freshet/process/logger";
import { encodeEmbeddedMessage, type Chunk, type ModelIdentity } from "@freshet/schemas/embedded-document";
import { textHash } from "@freshet/schemas/text-hash";
import { deadLetterTopic } from "@freshet/schemas/topics";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { CacheWarming } from "./cache-warming.js";
import { ReadMarks } from "./read-marks.js";
import { PricedModel } from "./testing/priced-model.js";

const PARTITIONS = 3;
const model = new PricedModel();
const logger = createLogger({ name: "test", level: "silent", pretty: false });

const hashOf = (text: string) => textHash(model.identity, model.prefix(), text);
const chunk = (text: string, index = 0): Chunk => ({ index, text, textHash: hashOf(text), ...model.embeddingOf(text) });

function documentOf(chunks: readonly Chunk[], identity: ModelIdentity = model.identity): string | null {
  const position = { epoch: 1, commitLsn: 1n, seq: 1 };
  const source = { table: "public.books", key: { id: 1 }, position, rowHash: null, committedAt: 1 };
  return encodeEmbeddedMessage({ op: "upsert", source, model: identity, chunks, payload: {} }).value;
}

/** A topic of an index, and a machine with an empty cache. */
async function prepare() {
  const connection = { brokers: kafkaBrokers(), clientId: randomName("client"), logger };
  const topic = randomName("embeddings");
  const makeTopic = async () => {
    const admin = await connectTopicAdmin(connection);
    await admin.ensureTopic({ name: topic, partitions: PARTITIONS });
    await admin.close();
  };
  const produce = async (values: readonly (string | null)[]) => {
    const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
    for (const [i, value] of values.entries()) {
      channel.offer({ topic, key: `${i}`, value, partition: i % PARTITIONS });
      if (channel.isFull) await channel.ready();
    }
    await channel.flush();
    await channel.close(10_000);
  };
  const cache = await (await temporaryCache(64 * 1024 * 1024)).open();
  /** A start of the service. */
  const start = (fills: EmbeddingCache = cache) => {
    const warming = new CacheWarming({ connection, cache: fills });
    const fill = async () => {
      const shares: number[] = [];
      await warming.fill(topic, {
        model,
        signal: AbortSignal.timeout(60_000),
        onProgress: (share) => shares.push(share),
      });
      return shares;
    };
    return { fill, passOver: (written: number) => warming.passOver(topic, written) };
  };
  const known = (texts: readonly string[]) => cache.get(texts.map(hashOf)).map((embedding) => embedding?.tokens);
  return { topic, makeTopic, produce, start, known, cache };
}

it("fills an empty cache with what the index's topic says about texts of the models in use, once", async () => {
  const { makeTopic, produce, start, known } = await prepare();
  expect(await start().fill()).toEqual([]);
  await makeTopic();
  expect(await start().fill()).toEqual([]);
  const long = Array.from({ length: 300 }, (_, i) => `${i} ${"x".repeat(10_000)}`);
  await produce([
    documentOf([chunk("one"), chunk("three", 1)]),
    documentOf([chunk("other model")], { ...model.identity, revision: "2" }),
    null,
    "not a document",
    documentOf([{ ...chunk("wrong hash"), textHash: hashOf("another text") }]),
    documentOf([{ ...chunk("no number"), vector: Float32Array.of(1, NaN) }]),
    documentOf([{ ...chunk("too short"), vector: Float32Array.of(1) }]),
    documentOf([{ ...chunk("nobody counted"), tokens: undefined }]),
    ...long.map((text) => documentOf([chunk(text)])),
  ]);
  const shares = await start().fill();
  expect(shares.length).toBeGreaterThan(1);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  expect(known(["one", "three", "nobody counted"])).toEqual([3, 5, 0]);
  expect(known(["other model", "another text", "wrong hash", "no number", "too short"])).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
  expect(known(long)).toEqual(long.map(({ length }) => length));

  expect(await start().fill()).toEqual([]);
  await produce([documentOf([chunk("seven")])]);
  expect(await start().fill()).toEqual([1]);
  expect(known(["seven"])).toEqual([5]);
});

it("doesn't read what it has written itself, unless others have written too", async () => {
  const { makeTopic, produce, start } = await prepare();
  await makeTopic();
  await produce([documentOf([chunk("before")])]);
  const first = start();
  await first.fill();
  await produce(["a", "b", "c", "d"].map((text) => documentOf([chunk(text)])));
  await first.passOver(4);

  const second = start();
  expect(await second.fill()).toEqual([]);
  await produce(["e", "f"].map((text) => documentOf([chunk(text)])));
  await second.passOver(1);
  const shares = await start().fill();
  expect(shares.at(-1)).toBe(1);
});

it("reads a topic that was deleted and made anew from its beginning", async () => {
  const { topic, makeTopic, produce, start, known, cache } = await prepare();
  await new ReadMarks(cache.notes, kafkaBrokers()).write(topic, new Map([[0, 99n]]));
  await makeTopic();
  await produce([documentOf([chunk("new")])]);
  expect(await start().fill()).toEqual([1]);
  expect(known(["new"])).toEqual([3]);
});

it("reads again what a full disk has kept out of the cache, and doesn't end by that", async () => {
  const { makeTopic, produce, start, known, cache } = await prepare();
  await makeTopic();
  await produce([documentOf([chunk("one")])]);
  const full: EmbeddingCache = {
    get: (hashes) => cache.get(hashes),
    put: () => Promise.resolve(),
    size: () => cache.size(),
    notes: cache.notes,
    close: () => cache.close(),
  };
  const first = start(full);
  expect(await first.fill()).toEqual([1]);
  await produce([documentOf([chunk("three")])]);
  await first.passOver(1);
  const notes = { ...cache.notes, update: () => Promise.reject(new Error("No space left on device")) };
  const second = start({ ...full, put: (entries) => cache.put(entries), notes });
  expect((await second.fill()).at(-1)).toBe(1);
  expect(known(["one", "three"])).toEqual([3, 5]);
  expect((await start().fill()).at(-1)).toBe(1);
  expect(await start().fill()).toEqual([]);
});
