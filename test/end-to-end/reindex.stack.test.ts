import { readFile, writeFile } from "node:fs/promises";
import { startOpenAiServer } from "@freshet/embeddings/testing/openai-server/openai-server";
import { createDatabase, kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { FreshetCommand } from "../support/freshet-command.js";
import { GenerationsRecord } from "../support/generations-record.js";
import { Pipeline } from "../support/pipeline.js";
import { silent, withTopicAdmin } from "../support/quiescence.js";
import { until } from "../support/until.js";
import { DOCUMENT_PREFIX, QUERY_PREFIX, WordModel } from "../support/word-model.js";

const API_KEY = "sk-test-9b1c42";
const PATIENCE = { timeoutMs: 120_000 };

it("reindexes an empty table in two stores, and a topic, whose sink is away for a while, as the command says", async () => {
  const { name, pipeline, configure, record } = await setUp();
  const services = await Promise.all(
    (["cdc-producer", "embedding-transformer", "vector-sink"] as const).map((service) =>
      pipeline.start(service, { FRESHET_OPENAI_API_KEY: API_KEY }),
    ),
  );
  await Promise.all(services.map((service) => service.ready()));
  const [, , sink] = services;
  const stores = ["main", "other"].map((store) => openRemoteStore({ url: pipeline.storeUrl, store }));
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
  });
  const [main] = stores;
  const notes = `${name}_notes`;
  const pointsOf = async () => {
    const collection = await main?.resolveAlias(notes);
    return collection == null ? 0 : ((await main?.count(collection)) ?? 0);
  };
  await until(async () => (await pointsOf()) === 3, { what: "the topic's rows are stored", ...PATIENCE });
  const environment = { ...pipeline.environment, FRESHET_OPENAI_API_KEY: API_KEY };
  const start = (...words: string[]) => {
    const command = new FreshetCommand(environment, ["reindex", ...words]);
    onTestFinished(() => command.kill());
    return command;
  };

  await configure("Note: {{ body }}");
  const both = await start("--yes").outcome();
  expect(both.code, `${both.stdout}\n${both.stderr}`).toBe(0);
  expect(both.stderr).toContain(`✓ ${notes} equals`);
  for (const store of stores) {
    const collection = await store.resolveAlias(name);
    expect((await store.describe(collection ?? ""))?.origin).toMatchObject({ index: name, generation: 2 });
  }
  expect(await pointsOf()).toBe(3);
  expect(record.state).toMatchObject({ serving: 2, reindex: null });

  await sink?.end("SIGTERM");
  const stuck = await start(notes, "--yes", "--force", "--timeout", "5").outcome();
  expect(stuck.code).toBe(1);
  expect(stuck.stderr).toMatch(/For 5.0 s nothing moved: .*store main can't be looked at.*: start the vector-sink/);
  expect(stuck.stderr).toContain(`freshet reindex ${notes} goes on from here`);
  expect(record.state).toMatchObject({ serving: 2, reindex: { generation: 3, step: "filling" } });

  await configure("Changed again: {{ body }}");
  const broken = start(notes, "--yes");
  await until(() => broken.output.includes("Going on with the reindexing"), { what: "it goes on", ...PATIENCE });
  broken.signal("SIGINT");
  const { code, stdout, stderr } = await broken.outcome();
  expect(code, stderr).toBe(130);
  expect(stdout).toContain(`Interrupted: the services go on by themselves, and freshet reindex ${notes} goes on`);
  expect(stderr).toContain("freshet.yaml has been changed since (text)");
  const other = await start(notes, "--yes", "--template", "{{ body }}").outcome();
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("to something else is under way") as string });

  sink?.start();
  const done = await start(notes, "--yes").outcome();
  expect(done.code, `${done.stdout}\n${done.stderr}`).toBe(0);
  expect(done.stdout).toContain("freshet.yaml says another text, which the next freshet reindex would bring");
  expect(record.state).toMatchObject({ serving: 3, reindex: null });
  expect(await pointsOf()).toBe(3);
}, 400_000);

interface Setting {
  /** Of the empty table's index; that of the topic's ends in `_notes`. */
  readonly name: string;
  readonly pipeline: Pipeline;
  /** Gives both indexes another text. */
  readonly configure: (text: string) => Promise<void>;
  /** Of the topic's index. */
  readonly record: GenerationsRecord;
}

/** Three records in a topic, and a table without rows; an index of each. */
async function setUp(): Promise<Setting> {
  const database = await createDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  const schema = randomName("shop");
  await client.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.books (id bigint PRIMARY KEY, body text)`);
  await client.end();
  const model = await startOpenAiServer({ model: new WordModel(64), name: "words", apiKey: API_KEY });
  onTestFinished(() => model.close());
  const brokers = kafkaBrokers();
  const [name, topic] = [randomName("books"), randomName("notes")];
  await produceNotes(brokers, topic);
  const table = { schema, name: "books" };
  const place = { postgresUrl: database.url, brokers, modelDirectory: "", dtype: "q8" } as const;
  const pipeline = await Pipeline.prepare({ ...place, name, table, text: "{{ body }}", payload: ["body"] });
  onTestFinished(async () => {
    await pipeline.stop("SIGKILL");
  });
  const path = pipeline.environment["FRESHET_CONFIG"] ?? "";
  const given = JSON.parse(await readFile(path, "utf8")) as object;
  const served = { provider: "openai", name: "words", url: model.url, dimensions: 64, maxTokens: 512 };
  const prefixes = { queryPrefix: QUERY_PREFIX, documentPrefix: DOCUMENT_PREFIX, tokenizer: "cl100k_base" };
  const configure = async (text: string) => {
    const index = { text, payload: ["body"], model: "words" };
    const indexes = {
      [name]: { ...index, table: `${schema}.books`, stores: ["main", "other"] },
      [`${name}_notes`]: { ...index, topic, stores: ["main"] },
    };
    const stores = { main: { kind: "zvec" }, other: { kind: "zvec" } };
    await writeFile(path, JSON.stringify({ ...given, indexes, stores, models: { words: { ...served, ...prefixes } } }));
  };
  await configure("{{ body }}");
  const notes = await GenerationsRecord.open(brokers, `${name}_notes`);
  onTestFinished(() => notes.close());
  return { name, pipeline, configure, record: notes };
}

async function produceNotes(brokers: readonly string[], topic: string): Promise<void> {
  const connection = { brokers: [...brokers], clientId: "freshet.test", logger: silent };
  await withTopicAdmin(brokers, async (topics) => {
    await topics.ensureTopic({ name: topic, partitions: 2, config: { "cleanup.policy": "compact" } });
    const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: 10_000 });
    const notes = ["a heron", "a lantern", "a quarry"];
    const records = notes.map((body, id) => ({
      topic,
      key: JSON.stringify({ id }),
      value: JSON.stringify({ id, body }),
    }));
    await producer.send(await producer.address(records)).finally(() => producer.close());
  });
}
