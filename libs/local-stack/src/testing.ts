import { createHash } from "node:crypto";
import { afterAll, expect, inject, onTestFinished, TestRunner } from "vitest";
import type { Dtype } from "./model-files.js";
import { prepareModel } from "./model.js";
import { postgresAddress, type PostgresAddress } from "./postgres-address.js";
import { createNamedDatabase, dropNamedDatabase } from "./test-database.js";
import { misnamed, type TestServer } from "./test-suffix.js";
import type { TestStack } from "./testing-context.js";

/** The brokers that all tests share, as `host:port`: use random topic and group names. */
export function kafkaBrokers(): string[] {
  return stackFor("kafka").brokers;
}

/**
 * A fresh empty database on the shared server (`wal_level=logical`). It is dropped with its replication slots after the test that
 * asked for it, or after the file's last test when no test did (`beforeAll`).
 */
export async function createDatabase(): Promise<PostgresAddress> {
  const { postgresUrl } = stackFor("pg");
  const database = randomName("db");
  await createNamedDatabase(postgresUrl, database);
  cleanUp(() => dropNamedDatabase(postgresUrl, database));
  const url = new URL(postgresUrl);
  url.pathname = database;
  return postgresAddress(url.href);
}

/** A folder that contains the model `BAAI/bge-small-en-v1.5` in the dtype; fp32 is downloaded when a test first asks for it. */
export async function modelFolder(dtype: Dtype): Promise<string> {
  const { cache, modelDirectory } = stackFor("model");
  return cache === undefined ? modelDirectory : prepareModel({ dtype, cache });
}

let namesGiven = 0;

/**
 * A name for a topic, group, slot, table … that no other test has: `orders_5b1f03a9c2`. All names of a run derive from its seed, so
 * that `FRESHET_TEST_SEED` gives the same names again.
 */
export function randomName(prefix: string): string {
  namesGiven += 1;
  const origin = [testStack().seed, testPath(), namesGiven].join("\0");
  return `${prefix}_${createHash("sha256").update(origin).digest("hex").slice(0, 10)}`;
}

function stackFor(server: TestServer): TestStack {
  const complaint = misnamed(testPath(), server);
  if (complaint !== undefined) throw new Error(complaint);
  return testStack();
}

function testPath(): string {
  return expect.getState().testPath ?? "";
}

function testStack(): TestStack {
  // The type knows no run without the set-up.
  const stack = inject("testStack") as TestStack | undefined;
  if (stack === undefined) {
    throw new Error(
      "No server was started for this test: only tests of the project `servers` have them (see vitest.config.ts).",
    );
  }
  return stack;
}

const leftForTheEnd: (() => Promise<void>)[] = [];

// Registered while the test file is being collected, that is for the whole file.
afterAll(async () => {
  for (const task of leftForTheEnd.splice(0)) await task();
});

function cleanUp(task: () => Promise<void>): void {
  if (TestRunner.getCurrentTest() === undefined) leftForTheEnd.push(task);
  else onTestFinished(task);
}
