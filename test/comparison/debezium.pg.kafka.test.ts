import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createDatabase, kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Captured, Recording } from "./debezium/captured.js";
import { compareCaptured } from "./debezium/comparison.js";
import { prepareDatabase } from "./debezium/database.js";
import { producerTopic, startProducer } from "./debezium/producer.js";
import { findTypeTable, renderTypeTable } from "./debezium/readme-table.js";
import { reasonsByName, sampleName } from "./debezium/reasons.js";
import { readCaptured, runScenario } from "./debezium/scenario.js";
import { TopicLog } from "./debezium/topic-log.js";
import { SAMPLES, TYPE_TABLE } from "./debezium/types/table.js";
import { ROOT_DIRECTORY } from "../support/service-process.js";

const RECORDING = JSON.parse(readText("test/comparison/debezium/recorded.json")) as Recording;

let captured: Captured;
const cleanUps: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const { url } = await createDatabase();
  const schema = randomName("comparison");
  const brokers = kafkaBrokers();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  cleanUps.unshift(() => client.end());
  await prepareDatabase(client, schema);
  cleanUps.unshift(await startProducer({ url, brokers, schema }));
  const follow = (table: "samples" | "books") => {
    const log = new TopicLog(brokers, producerTopic(schema, table));
    cleanUps.unshift(() => log.close());
    return log;
  };
  const topics = { samples: follow("samples"), books: follow("books") };
  await runScenario(client, [topics]);
  captured = readCaptured(topics);
});

afterAll(async () => {
  for (const cleanUp of cleanUps) await cleanUp();
});

describe("a value in a message, by snapshot as by stream", () => {
  it.each(SAMPLES.map((sample) => [sampleName(sample), sample] as const))("%s", (_name, { type, literal, json }) => {
    const found = captured.samples.find((value) => value.type === type && value.literal === literal);
    expect(found).toEqual({ type, literal, snapshot: json, streamed: json });
  });
});

describe("beside what Debezium recorded of the same rows", () => {
  it("differs in nothing but what is listed with its reason", () => {
    const differing = compareCaptured(captured, RECORDING).filter(({ ours, theirs }) => ours !== theirs);
    expect(differing.map(({ name }) => name).sort()).toEqual([...reasonsByName(SAMPLES).keys()].sort());
  });
});

it("the README's table of types is the tested one", () => {
  const { lines } = findTypeTable(readText("services/cdc-producer/README.md"));
  expect(lines.map(cells)).toEqual(renderTypeTable(TYPE_TABLE, RECORDING.connector).map(cells));
});

/** However they are aligned. */
function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^-+$/, "---"));
}

function readText(path: string): string {
  return readFileSync(join(ROOT_DIRECTORY, path), "utf8");
}
