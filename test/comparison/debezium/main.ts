import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startKafka } from "@freshet/local-stack/kafka";
import { startPostgres } from "@freshet/local-stack/postgres";
import pg from "pg";
import { compareCaptured, type Compared } from "./comparison.js";
import { connectorTopic, connectorVersion, startConnector } from "./connector.js";
import { hasPgvector, prepareDatabase } from "./database.js";
import { renderTypeTable, replaceTypeTable } from "./readme-table.js";
import { reasonsByName } from "./reasons.js";
import { SAMPLES, TYPE_TABLE } from "./types/table.js";
import { producerTopic, startProducer } from "./producer.js";
import { readCaptured, runScenario, type CapturedTopics } from "./scenario.js";
import { TopicLog } from "./topic-log.js";
import { ROOT_DIRECTORY } from "../../support/service-process.js";

const RECORDING = join(ROOT_DIRECTORY, "test/comparison/debezium/recorded.json");
const README = join(ROOT_DIRECTORY, "services/cdc-producer/README.md");
const SCHEMA = "comparison";

/**
 * Runs Debezium and our producer on the same rows, prints where they differ, records what Debezium said, and writes the
 * README's table of types. Its types need a server with pgvector, so the tests, which may have none, need the recording.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { pgvector: { type: "string" } } });
  const cleanUps: (() => Promise<void>)[] = [];
  const opened = <Resource>(resource: Resource, close: (resource: Resource) => Promise<void>): Resource => {
    cleanUps.unshift(() => close(resource));
    return resource;
  };
  try {
    const settings = values.pgvector === undefined ? {} : extensionSettings(values.pgvector);
    const postgres = opened(await startPostgres({ onProgress, settings }), (server) => server.stop());
    const { brokers } = opened(await startKafka({ onProgress }), (server) => server.stop());
    const client = opened(new pg.Client({ connectionString: postgres.url }), (open) => open.end());
    await client.connect();
    if (!(await hasPgvector(client))) {
      throw new Error(
        "The server has no pgvector: say where an installation for its version is, the folder of share/postgresql and lib/postgresql, with --pgvector FOLDER.",
      );
    }
    await prepareDatabase(client, SCHEMA);
    const database = { url: postgres.url, brokers, schema: SCHEMA };
    onProgress(`Starting Debezium ${connectorVersion()}`);
    opened(await startConnector(database), (stop) => stop());
    onProgress("Starting our producer");
    opened(await startProducer(database), (stop) => stop());
    const follow = (topic: string) => opened(new TopicLog(brokers, topic), (log) => log.close());
    const topics = (topicOf: typeof producerTopic): CapturedTopics => ({
      samples: follow(topicOf(SCHEMA, "samples")),
      books: follow(topicOf(SCHEMA, "books")),
    });
    const [ours, theirs] = [topics(producerTopic), topics(connectorTopic)];
    await runScenario(client, [ours, theirs]);
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    const recording = {
      connector: connectorVersion(),
      postgres: rows[0]?.server_version ?? "",
      ...readCaptured(theirs),
    };
    await writeFile(RECORDING, `${JSON.stringify(recording, null, 2)}\n`);
    await writeFile(
      README,
      replaceTypeTable(await readFile(README, "utf8"), renderTypeTable(TYPE_TABLE, recording.connector)),
    );
    report(compareCaptured(readCaptured(ours), recording));
  } finally {
    for (const cleanUp of cleanUps) await cleanUp().catch(() => undefined);
  }
}

/** @throws {Error} when something differs that has no reason yet. */
function report(compared: readonly Compared[]): void {
  const reasons = reasonsByName(SAMPLES);
  const unexplained: string[] = [];
  for (const { name, ours, theirs } of compared) {
    if (ours === theirs) {
      console.log(`equal    ${name}`);
      continue;
    }
    const why = reasons.get(name);
    if (why === undefined) unexplained.push(name);
    console.log([`differs  ${name}`, `  ours    ${ours}`, `  theirs  ${theirs}`, `  why     ${why ?? ""}`].join("\n"));
  }
  if (unexplained.length > 0) {
    throw new Error(`Say in reasons.ts or types/ why these differ: ${unexplained.join("; ")}.`);
  }
}

/** Lets the server find pgvector in an installation of the same major version of Postgres. */
function extensionSettings(folder: string): Record<string, string> {
  return {
    extension_control_path: `$system:${join(folder, "share/postgresql")}`,
    dynamic_library_path: `$libdir:${join(folder, "lib/postgresql")}`,
  };
}

function onProgress(message: string): void {
  console.error(message);
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
