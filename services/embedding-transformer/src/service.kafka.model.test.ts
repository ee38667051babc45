import { openLocalModel } from "@freshet/embeddings/local/local-model";
import { modelFolder, randomName } from "@freshet/local-stack/testing";
import type { UpsertDocument } from "@freshet/schemas/embedded-document";
import { deadLetterTopic } from "@freshet/schemas/topics";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  createTopic,
  eventsOf,
  MODEL,
  PARTITIONS,
  prepareTransformer,
  produce,
  read,
  type Received,
} from "./testing/transformer.js";

let modelDirectory: string;
beforeAll(async () => {
  modelDirectory = await modelFolder("q8");
});

function isSnapshotEnd({ value }: Received): boolean {
  return value.op === "snapshot-end";
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  return a?.reduce((sum, x, i) => sum + x * (b?.[i] ?? NaN), 0) ?? NaN;
}

describe("the embedding transformer", () => {
  it("turns a table's changes into embedded documents, row by row in order, and goes on where it stopped", async () => {
    const { table, input, output, connection, start } = prepareTransformer({
      modelDirectory,
      settings: { text: "{{ title }} {{ description }}", payload: ["title"] },
    });
    const events = eventsOf(table);
    const transformer = start();
    await vi.waitFor(() => expect(transformer.service.readiness().reason).toContain(input), 30_000);
    await createTopic(connection, input);
    await produce(connection, input, [
      ...events.control("t"),
      events.written(1, { title: "Dune", description: "A desert planet is the site of political intrigue." }),
      events.written(2, { title: "Emma", description: "A young woman makes matches." }),
      { key: { id: 3 }, value: "no change event" },
      events.written(4, { title: "Solaris", description: "An ocean that thinks." }),
      events.deleted(4),
      events.tombstone(4),
      events.tombstone(5),
      events.written(2, { title: "Emma", description: "A rich young woman makes matches for others." }),
      ...events.control("m"),
    ]);
    const received = read(connection, output);
    await vi.waitFor(() => expect(received.filter(isSnapshotEnd)).toHaveLength(PARTITIONS), 60_000);
    await transformer.close();

    const ofRow = (id: number) => received.filter(({ key }) => key["id"] === id).map(({ value }) => value);
    const model = await openLocalModel({ ...MODEL, directory: modelDirectory, cacheDirectory: "" });
    onTestFinished(() => model.close());
    for (const [id, text, seq] of [
      [1, "Dune A desert planet is the site of political intrigue.", 2],
      [2, "Emma A rich young woman makes matches for others.", 6],
    ] as const) {
      const last = ofRow(id).at(-1) as UpsertDocument;
      expect(last).toMatchObject({
        op: "upsert",
        source: {
          table: `public.${table}`,
          key: { id },
          position: { epoch: 1, commitLsn: 1000n, seq },
          rowHash: `hash ${seq}`,
        },
        model: model.identity,
        chunks: [{ index: 0, text }],
        payload: { title: text.split(" ")[0] },
      });
      const [embedding] = await model.embed([text], "document");
      expect(cosine(last.chunks[0]?.vector, embedding?.vector)).toBeGreaterThan(0.99);
    }
    expect(ofRow(3)).toEqual([]);
    const position = { epoch: 1, commitLsn: 1000n, seq: 5 };
    expect(ofRow(4).slice(-2)).toMatchObject([
      { op: "delete", source: { position } },
      { op: "tombstone", position },
    ]);
    expect(ofRow(5)).toEqual([{ op: "tombstone", position: null }]);
    expect(received.filter(({ value }) => value.op === "truncate")).toHaveLength(PARTITIONS);
    const admin = await connectTopicAdmin(connection);
    onTestFinished(() => admin.close());
    expect(await admin.partitionCount(output)).toBe(PARTITIONS);
    expect(await admin.partitionCount(deadLetterTopic(input))).not.toBeNull();

    await produce(connection, input, [events.written(6, { title: null, description: null }), ...events.control("m")]);
    const before = received.length;
    const again = start();
    await vi.waitFor(() => expect(received.filter(isSnapshotEnd)).toHaveLength(2 * PARTITIONS), 60_000);
    await again.close();
    expect(received.slice(before).filter((message) => !isSnapshotEnd(message))).toMatchObject([
      { key: { id: 6 }, value: { op: "upsert", chunks: [], payload: { title: null } } },
    ]);
  });

  it("ends with a sentence when the configuration names a column that the table hasn't got", async () => {
    const { table, input, connection, start } = prepareTransformer({
      modelDirectory,
      settings: { text: "{{ descripton }}" },
    });
    await createTopic(connection, input);
    await produce(connection, input, [eventsOf(table).written(1, { title: "Dune", description: "A desert planet." })]);
    await expect(start().ended).rejects.toThrow(
      /uses the column "descripton", but the table public\..* has only id, title/,
    );
  });

  it("refuses an output topic with another number of partitions", async () => {
    const { input, output, connection, start } = prepareTransformer({
      modelDirectory,
      settings: { text: "{{ description }}" },
    });
    await createTopic(connection, input);
    const admin = await connectTopicAdmin(connection);
    await admin.ensureTopic({ name: output, partitions: PARTITIONS + 1 });
    await admin.close();
    await expect(start().ended).rejects.toThrow(`The topic ${output} has 4 partitions but ${input} has 3`);
  });

  it("cuts long rows, deletes those that stop matching, and takes a column that is new for null in older rows", async () => {
    const { table, input, output, connection, start } = prepareTransformer({
      modelDirectory,
      settings: {
        text: "{{ title }}\n\n{{ body | html_to_text }}{{ subtitle }}",
        where: "published and price >= 10",
        chunking: { maxTokens: 64, overlap: 8, maxChunks: 40 },
      },
    });
    await createTopic(connection, input);
    const events = eventsOf(table);
    const sentences = Array.from({ length: 40 }, (_, i) => `Planet number ${i} is a desert, and nobody lives there.`);
    const long = `<p>${sentences.join(" ")}</p><script>no</script>`;
    const row = { title: "Dune", published: true, price: "12.50" };
    await produce(connection, input, [
      events.written(1, { ...row, body: long }),
      events.written(2, { ...row, body: "Short." }),
      events.written(3, { ...row, body: "Cheap.", price: "9.50" }),
      events.written(4, { ...row, body: "word ".repeat(10_000) }),
    ]);
    await produce(connection, input, [events.written(5, { ...row, body: "", subtitle: "of Arrakis" })]);
    const transformer = start();
    const received = read(connection, output);
    const ofRow = (id: number) => received.filter(({ key }) => key["id"] === id).map(({ value }) => value);
    await vi.waitFor(() => expect([1, 2, 3, 5].map((id) => ofRow(id).length > 0)).not.toContain(false), 60_000);
    await produce(connection, input, [events.written(2, { ...row, body: "Short.", published: false, subtitle: null })]);
    await vi.waitFor(() => expect(ofRow(2)).toHaveLength(3), 30_000);
    await transformer.close();

    const [first] = ofRow(1) as UpsertDocument[];
    const texts = first?.chunks.map(({ text }) => text) ?? [];
    expect(texts.length).toBeGreaterThan(7);
    expect(texts[0]?.startsWith("Dune\n\nPlanet number 0")).toBe(true);
    for (const sentence of sentences) expect(texts.some((text) => text.includes(sentence))).toBe(true);
    expect(first?.chunks.map(({ vector }) => vector.length)).toEqual(texts.map(() => 384));
    expect(ofRow(2).map(({ op }) => op)).toEqual(["upsert", "delete", "tombstone"]);
    expect(ofRow(3).map(({ op }) => op)).toEqual(["delete", "tombstone"]);
    expect(ofRow(4)).toEqual([]);
    expect(ofRow(5)).toMatchObject([{ chunks: [{ text: "Dune\n\nof Arrakis" }] }]);
    expect(await lettersOf(connection, input)).toEqual([expect.stringContaining("more than 40 chunks of 64 tokens")]);
  });

  it("indexes a topic of plain JSON, once it is there", async () => {
    const topic = randomName("notes");
    const { output, connection, start } = prepareTransformer({
      ...{ modelDirectory, topic },
      settings: { text: "{{ text }}" },
    });
    const transformer = start();
    await vi.waitFor(() => expect(transformer.service.readiness().reason).toContain(topic), 30_000);
    await createTopic(connection, topic);
    await produce(connection, topic, [
      { key: "a", value: '{"text":"A desert planet."}' },
      { key: '{"id":7}', value: '{"text":"An ocean that thinks."}' },
      { key: "b", value: '{"title":"no text"}' },
      { key: "c", value: '{"text":null}' },
    ]);
    const received = read(connection, output);
    await vi.waitFor(() => expect(received).toHaveLength(3), 60_000);
    await produce(connection, topic, [{ key: "a", value: null }]);
    await vi.waitFor(() => expect(received).toHaveLength(5), 30_000);
    await transformer.close();

    const ofRow = (field: string, value: unknown) => received.filter(({ key }) => key[field] === value);
    const [written, ...deleted] = ofRow("key", "a");
    expect(written?.value).toMatchObject({ op: "upsert", source: { table: topic, rowHash: null } });
    expect(written?.value).toMatchObject({ chunks: [{ text: "A desert planet." }], payload: {} });
    expect(deleted.map(({ value: { op } }) => op)).toEqual(["delete", "tombstone"]);
    expect(ofRow("id", 7)).toMatchObject([{ value: { chunks: [{ text: "An ocean that thinks." }] } }]);
    expect(ofRow("key", "c")).toMatchObject([{ value: { op: "upsert", chunks: [] } }]);
    const committedAt = written?.value.op === "upsert" ? written.value.source.committedAt : 0;
    expect(Math.abs(Date.now() - committedAt)).toBeLessThan(120_000);
    expect(await lettersOf(connection, topic)).toEqual([expect.stringContaining("(text), only title")]);
  });
});

/** Why, of each dead letter of the topic. */
async function lettersOf(connection: KafkaConnection, topic: string): Promise<unknown[]> {
  const name = deadLetterTopic(topic);
  const admin = await connectTopicAdmin(connection);
  const offsets = await admin.topicOffsets(name).finally(() => admin.close());
  const ends = new Map((offsets ?? []).filter(({ end }) => end > 0n).map(({ partition, end }) => [partition, end]));
  const reasons: unknown[] = [];
  for await (const records of readTopic({ connection, topic: name, ends, signal: AbortSignal.timeout(30_000) })) {
    reasons.push(...records.map(({ headers }) => headers["freshet.dlq.reason"]));
  }
  return reasons;
}
