import { randomName } from "@freshet/local-stack/testing";
import { bytes } from "@freshet/streaming/codecs";
import type { Header } from "@freshet/streaming/message";
import { createApplication, start, type Running } from "@freshet/streaming/testing/applications";
import { createTopic, deadLetterTopic, produce, testAdmin } from "@freshet/streaming/testing/broker";
import { describe, expect, it, vi } from "vitest";
import { newSlot, TestInstallation } from "../testing/freshet-command.js";

const PATIENCE = { timeout: 60_000, interval: 50 };
const installation = () => new TestInstallation({ slot: newSlot(), tables: ["public.books"] });

interface Shown {
  readonly partition: number;
  readonly offset: string;
  readonly reason: string;
  readonly key: unknown;
  readonly headers: unknown;
  readonly body: unknown;
}

/** Runs it to its good end. */
async function freshet(...words: readonly string[]) {
  const command = installation().freshet(...words);
  const code = await command.exit();
  if (code !== 0) throw new Error(`freshet ${words.join(" ")}: ${code} ${command.stderr}`);
  return command;
}

async function shown(topic: string, ...words: readonly string[]): Promise<Shown[]> {
  const { stdout } = await freshet("dlq", "show", topic, "--json", "--limit", "1000", ...words);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Shown);
}

async function endOf(topic: string): Promise<bigint | undefined> {
  return (await (await testAdmin()).topicOffsets(topic))?.[0]?.end;
}

interface Seen {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly partition: number;
  readonly offset: bigint;
  readonly kind: string | undefined;
}

/** A service that takes for poison what it doesn't like. */
function startService(
  topic: string,
  group: string,
  check: (value: Buffer) => void,
): { seen: Seen[]; running: Running } {
  const seen: Seen[] = [];
  const application = createApplication({ consumerGroup: group });
  application
    .dataframe({ name: topic, key: bytes, value: bytes })
    .update((value, { key, partition, offset, headers }) => {
      check(value);
      seen.push({ key, value, partition, offset, kind: headers["kind"] });
    });
  return { seen, running: start(application) };
}

class NotMendedError extends Error {
  override readonly name = "NotMendedError";
}

/** As many dead letters as there are keys, made by a service that takes nothing. */
async function poisoned(records: readonly { key: string; value?: Buffer | string; headers?: Header[] }[]) {
  const topic = await createTopic(3);
  const group = randomName("group");
  await produce(records.map(({ value = "body", ...record }) => ({ topic, partition: 2, value, ...record })));
  const { running } = startService(topic, group, (value) => {
    if (value.toString() === "range") throw new RangeError("out of it");
    throw new NotMendedError("this version can't read it");
  });
  const letters = deadLetterTopic(topic);
  await vi.waitUntil(async () => (await endOf(letters)) === BigInt(records.length), PATIENCE);
  await running.stop();
  return { topic, group, letters };
}

it("lists, shows, and replays to where it came from what the mended code takes", async () => {
  const binary = Buffer.from([0xff, 0x00, 0x0a]);
  const headers: Header[] = [
    ["kind", Buffer.from("a")],
    ["raw", binary],
    ["kind", Buffer.from("b")],
  ];
  const { topic, group, letters } = await poisoned([
    { key: "one", value: binary, headers },
    { key: "two", value: "range" },
    { key: "one" },
  ]);
  const listed = await freshet("dlq", "list", topic, "--json");
  expect(JSON.parse(listed.stdout)).toMatchObject({
    deadLetters: [
      { deadLetterTopic: letters, topic, errorClass: "NotMendedError", letters: 2 },
      { deadLetterTopic: letters, topic, errorClass: "RangeError", letters: 1 },
    ],
  });
  const [first, ...others] = await shown(letters);
  expect(others.map(({ offset, reason }) => [offset, reason])).toEqual([
    ["1", "out of it"],
    ["2", "this version can't read it"],
  ]);
  expect(first).toMatchObject({
    ...{ topic, partition: 2, offset: "0", attempts: 1, errorClass: "NotMendedError", bodyLeftOut: false },
    ...{ key: { text: "one" }, body: { base64: "/wAK" } },
    headers: [
      { name: "kind", value: { text: "a" } },
      { name: "raw", value: { base64: "/wAK" } },
      { name: "kind", value: { text: "b" } },
    ],
  });
  expect((await freshet("dlq", "show", topic, "--key", "two")).stdout).toContain("RangeError: out of it");

  const mended = startService(topic, group, () => undefined);
  const replayed = await freshet("dlq", "replay", topic, "--error-class", "NotMendedError");
  expect(replayed.stdout).toBe(`Replayed ${letters}: 2 letters sent to where they came from.\n`);
  await vi.waitUntil(() => mended.seen.length === 2, PATIENCE);
  expect(mended.seen).toEqual([
    { key: Buffer.from("one"), value: binary, partition: 2, offset: 3n, kind: "b" },
    { key: Buffer.from("one"), value: Buffer.from("body"), partition: 2, offset: 4n, kind: undefined },
  ]);
  expect((await shown(topic)).map(({ offset }) => offset)).toEqual(["1"]);
  expect((await freshet("dlq", "replay", topic, "--partition", "2", "--offset", "0")).stdout).toContain(
    "No dead letter",
  );
});

it("replays with every header as it was, and without its own: what fails again is a letter like the first", async () => {
  const headers: Header[] = [
    ["a", Buffer.from([0xff])],
    ["b", Buffer.from("1")],
    ["a", Buffer.from("2")],
  ];
  const { topic, group, letters } = await poisoned([{ key: "one", headers }]);
  const [before] = await shown(letters);
  const { running } = startService(topic, group, () => {
    throw new RangeError("still");
  });
  await freshet("dlq", "replay", topic, "--all");
  await vi.waitUntil(async () => (await endOf(letters)) === 2n, PATIENCE);
  await running.stop();
  const after = await shown(letters);
  expect(after).toMatchObject([{ offset: "1", reason: "still", errorClass: "RangeError" }]);
  expect(after[0]?.headers).toEqual(before?.headers);
  expect(after[0]?.headers).toEqual([
    { name: "a", value: { base64: "/w==" } },
    { name: "b", value: { text: "1" } },
    { name: "a", value: { text: "2" } },
  ]);
});

it("drops what it is told to and nothing else, also when several people do it at once; then it is gone for good", async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `key ${index}`);
  const { topic, letters } = await poisoned(keys.map((key) => ({ key })));
  const starts = async () => (await (await testAdmin()).topicOffsets(letters))?.[0]?.low;
  await freshet("dlq", "drop", topic, "--yes", "--key", "key 5");
  const dropped = await Promise.all(
    keys.slice(7).map(async (key) => freshet("dlq", "drop", topic, "--yes", "--key", key)),
  );
  expect(dropped.map(({ stdout }) => stdout)).toEqual(keys.slice(7).map(() => `Dropped 1 letter of ${letters}.\n`));
  const left = await shown(letters);
  expect(left.map(({ key }) => key)).toEqual(["0", "1", "2", "3", "4", "6"].map((name) => ({ text: `key ${name}` })));
  expect(await starts()).toBe(0n);

  await freshet("dlq", "drop", topic, "--yes", "--key", "key 0");
  expect(await starts()).toBe(1n);
  await freshet("dlq", "drop", topic, "--yes", "--all");
  expect(await starts()).toBe(12n);
  expect(JSON.parse((await freshet("dlq", "list", topic, "--json")).stdout)).toEqual({ deadLetters: [] });
});

it("keeps a letter whose origin is gone, and says so", async () => {
  const letters = deadLetterTopic(randomName("gone"));
  await (await testAdmin()).ensureTopic({ name: letters, partitions: 1 });
  const headers = { "freshet.dlq.topic": letters.slice(4), "freshet.dlq.partition": "0", "freshet.dlq.offset": "7" };
  await produce([{ topic: letters, key: "a", value: "b", headers }]);
  const command = installation().freshet("dlq", "replay", letters, "--all");
  expect(await command.exit()).toBe(1);
  expect(command.stderr).toContain(`${letters.slice(4)} 0/7 can't be sent, for there is no topic`);
  expect(command.stdout).toBe(`Replayed ${letters}: 1 letter left alone.\n`);
  expect(await shown(letters)).toHaveLength(1);
});

describe("output", () => {
  it("is cut off without a word when its reader has enough", async () => {
    const topic = deadLetterTopic(randomName("topic"));
    await (await testAdmin()).ensureTopic({ name: topic, partitions: 1 });
    await produce(Array.from({ length: 2000 }, (_, index) => ({ topic, key: `${index}`, value: "x".repeat(500) })));
    for (const words of [
      ["dlq", "show", topic, "--limit", "1900", "--json"],
      ["dlq", "list", topic],
    ]) {
      const command = installation().freshetInto("head -c 1", ...words);
      expect([await command.exit(), command.stdout.length, command.stderr]).toEqual([0, 1, ""]);
    }
  });

  it("names what isn't there, and what is missing in the question", async () => {
    const topic = randomName("topic");
    const refusals = [
      [["dlq", "show", topic], `There is no topic dlq.${topic}, so there are no dead letters of it`],
      [["dlq", "replay", topic], "Say which letters: "],
      [["dlq", "drop", topic, "--offset", "3"], "--partition and --offset together"],
      [["dlq", "drop", topic, "--all", "--key", "a"], "--all means every letter"],
      [["dlq", "show", topic, "--limit", "0"], "--limit 0 is no number of letters"],
    ] as const;
    for (const [words, sentence] of refusals) {
      const command = installation().freshet(...words);
      expect(await command.exit()).toBe(1);
      expect(command.stderr).toContain(sentence);
    }
    const letters = deadLetterTopic(topic);
    await (await testAdmin()).ensureTopic({ name: letters, partitions: 1 });
    const unasked = installation().freshet("dlq", "drop", topic, "--all");
    expect([await unasked.exit(), unasked.stderr]).toEqual([1, expect.stringContaining("say --yes")]);
    expect((await freshet("dlq", "list", topic)).stdout).toBe("There are no dead letters.\n");
  });
});
