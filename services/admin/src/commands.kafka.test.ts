import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { decodeSourceCommand, type SourceCommand } from "@freshet/schemas/source-command";
import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { expect, it, vi } from "vitest";
import { newSlot, TestInstallation } from "./testing/freshet-command.js";

const PATIENCE = { timeout: 60_000, interval: 50 };
const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const tables = ["public.books", "public.orders"];

async function commandsOf(slot: string): Promise<SourceCommand[]> {
  const connection = { brokers: kafkaBrokers(), clientId: randomName("client"), logger };
  const topic = await openCompactedTopic({ connection, topic: COMMANDS_TOPIC, signal: AbortSignal.timeout(30_000) });
  await topic.close();
  return [...topic.entries.values()].map(decodeSourceCommand).filter((command) => command.slot === slot);
}

it("waits for a producer, says so, and leaves the snapshot asked for on Ctrl-C", async () => {
  const installation = new TestInstallation({ slot: newSlot(), tables });
  const command = installation.freshet("snapshot");
  await vi.waitUntil(() => command.stderr.includes("is it running? Waiting for it."), PATIENCE);
  command.signal("SIGINT");
  expect(await command.exit()).toBe(130);
  expect(command.stdout).toBe(
    "The snapshot goes on without this command (public.books; public.orders): freshet status shows how far it is.\n",
  );
  const commands = await commandsOf(installation.slot);
  expect(commands.map((one) => one.kind === "snapshot" && one.table).toSorted()).toEqual(tables);
});

it("asks for a part of a table, with exact keys, without waiting", async () => {
  const installation = new TestInstallation({ slot: newSlot(), tables });
  const key = '{"id":9007199254740993}';
  const command = installation.freshet("snapshot", "public.books", "--no-wait", "--json", "--keys", key);
  expect(await command.exit()).toBe(0);
  expect(JSON.parse(command.stdout)).toMatchObject({ snapshots: [{ table: "public.books", outcome: "waiting" }] });
  expect(await commandsOf(installation.slot)).toMatchObject([
    { table: "public.books", keys: [{ id: 9007199254740993n }] },
  ]);
});

it("refuses in a sentence what can't be asked for", async () => {
  const installation = new TestInstallation({ slot: newSlot(), tables });
  const refusals = [
    [
      ["snapshot", "public.shelves"],
      "public.shelves is not among source.tables, which are: public.books, public.orders.\n",
    ],
    [
      ["source", "accept"],
      `Slot ${installation.slot} was never read, so there is nothing to accept: start the cdc-producer.\n`,
    ],
    [["status", "--watch"], "--watch redraws a terminal, which this isn't: leave it out.\n"],
  ] as const;
  for (const [words, sentence] of refusals) {
    const command = installation.freshet(...words);
    expect(await command.exit()).toBe(1);
    expect(command.stderr).toBe(sentence);
  }
  expect(await commandsOf(installation.slot)).toEqual([]);
});

it("says that no broker answers", async () => {
  const installation = new TestInstallation({ slot: newSlot(), tables, brokers: ["127.0.0.1:1"] });
  const sentence = "No Kafka broker answers at 127.0.0.1:1; start it or set FRESHET_KAFKA_BROKERS.";
  for (const words of [["status"], ["snapshot"]]) {
    const command = installation.freshet(...words);
    expect(await command.exit()).toBe(1);
    expect(command.stderr).toBe(`${sentence}\n`);
  }
});
