import { createDatabase, randomName } from "@freshet/local-stack/testing";
import { Session } from "@freshet/postgres/session";
import { deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import { nullable, text } from "@freshet/streaming/codecs";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import { createApplication, start } from "@freshet/streaming/testing/applications";
import { produce, testAdmin, testConnection } from "@freshet/streaming/testing/broker";
import { expect, it, onTestFinished, vi } from "vitest";
import { newSlot, TestInstallation } from "../testing/freshet-command.js";

const PATIENCE = { timeout: 60_000, interval: 50 };

async function install() {
  const { url } = await createDatabase();
  const session = await Session.open({ connectionString: url, applicationName: "application" });
  onTestFinished(() => session.close());
  const name = randomName("books");
  const table = `public.${name}`;
  await session.rows(
    `CREATE TABLE ${table} (id int PRIMARY KEY, name text);
     INSERT INTO ${table} SELECT id, 'old ' || id FROM generate_series(1, 3) id`,
  );
  const slot = newSlot();
  const installation = new TestInstallation({ slot, tables: [table], postgresUrl: url });
  return { installation, session, table, topic: `cdc.public.${name}`, index: `${slot}_0` };
}

async function extentOf(topic: string): Promise<Map<number, bigint>> {
  const offsets = (await (await testAdmin()).topicOffsets(topic)) ?? [];
  return new Map(offsets.filter(({ low, end }) => end > low).map(({ partition, end }) => [partition, end]));
}

async function sizeOf(topic: string): Promise<number> {
  return [...(await extentOf(topic)).values()].reduce((sum, end) => sum + Number(end), 0);
}

/** What was said of a row, in order. */
async function namesOf(topic: string, id: number): Promise<string[]> {
  const names: string[] = [];
  const options = { connection: testConnection(), topic, signal: AbortSignal.timeout(30_000) };
  for await (const records of readTopic({ ...options, ends: await extentOf(topic) })) {
    for (const { key, value } of records) {
      if (key?.toString() !== `{"id":${id}}`) continue;
      const { after } = JSON.parse(value?.toString() ?? "{}") as { after?: { name: string } };
      names.push(after?.name ?? "no row");
    }
  }
  return names;
}

/** Everything in the topic becomes a dead letter. */
async function poison(topic: string): Promise<void> {
  const application = createApplication();
  application.dataframe({ name: topic, key: text, value: nullable(text) }).update(() => {
    throw new RangeError("not taken");
  });
  const running = start(application);
  const size = await sizeOf(topic);
  await vi.waitUntil(async () => (await sizeOf(deadLetterTopic(topic))) === size, PATIENCE);
  await running.stop();
}

it("has a row captured again instead of sending what it was, and leaves alone what names no row", async () => {
  const { installation, session, table, topic, index } = await install();
  const producer = installation.startProducer();
  // Three rows, and the snapshot's end to both partitions.
  await vi.waitUntil(async () => (await sizeOf(topic)) === 5, PATIENCE);
  await produce([{ topic, key: "no row", value: "nothing", partition: 0 }]);
  await poison(topic);
  await session.rows(`UPDATE ${table} SET name = 'new' WHERE id = 1`);
  await session.rows(`DELETE FROM ${table} WHERE id = 2`);
  await vi.waitFor(async () => expect(await namesOf(topic, 1)).toEqual(["old 1", "new"]), PATIENCE);

  const replay = installation.freshet("dlq", "replay", topic, "--all");
  expect([await replay.exit(), replay.stdout]).toEqual([
    1,
    `Replayed ${deadLetterTopic(topic)}: the rows of 3 letters captured again, 3 letters left alone.\n`,
  ]);
  expect(replay.stderr.match(/is a control message.*freshet snapshot public\./g)).toHaveLength(2);
  expect(replay.stderr).toContain("has a key that names no row");
  expect(await namesOf(topic, 1)).toEqual(["old 1", "new", "new"]);
  expect((await namesOf(topic, 2)).at(-1)).toBe("no row");
  expect(await namesOf(topic, 3)).toEqual(["old 3", "old 3"]);

  const again = installation.freshet("dlq", "replay", topic, "--key", '{"id": 1}');
  await again.exit();
  expect(again.stdout).toContain("No dead letter");

  const letters = deadLetterTopic(embeddingsTopic(index));
  await (await testAdmin()).ensureTopic({ name: letters, partitions: 1 });
  const headers = { "freshet.dlq.topic": embeddingsTopic(index) };
  await produce([
    { topic: letters, key: '{"id":3}', value: "an old vector", headers },
    { topic: letters, key: '{"nope":3}', value: "an old vector", headers },
  ]);
  const ofIndex = installation.freshet("dlq", "replay", embeddingsTopic(index), "--all");
  expect([await ofIndex.exit(), ofIndex.stdout]).toEqual([
    1,
    `Replayed ${letters}: the rows of 1 letter captured again, 1 letter left alone.\n`,
  ]);
  expect(ofIndex.stderr).toContain("couldn't be captured again");
  expect(await namesOf(topic, 3)).toHaveLength(3);
  producer.signal("SIGTERM");
  await producer.exit();

  await produce([{ topic: letters, key: '{"id":1}', value: "an old vector", headers }]);
  const waiting = installation.freshet("dlq", "replay", letters, "--key", '{"id": 1}');
  await vi.waitUntil(() => waiting.stderr.includes("waiting for the cdc-producer"), PATIENCE);
  waiting.signal("SIGINT");
  expect(await waiting.exit()).toBe(130);
  const left = installation.freshet("dlq", "show", letters, "--key", '{"id": 1}', "--json");
  await left.exit();
  expect(left.stdout).toContain("an old vector");
});
