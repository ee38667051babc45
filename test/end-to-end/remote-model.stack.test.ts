import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLocalModel } from "@freshet/embeddings/local/local-model";
import { startOpenAiServer, type OpenAiServer } from "@freshet/embeddings/testing/openai-server/openai-server";
import { modelFolder } from "@freshet/local-stack/testing";
import { deadLetterTopic, changesTopic, embeddingsTopic } from "@freshet/schemas/topics";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { expect, it, onTestFinished } from "vitest";
import { setScene, type Scene } from "../failure/scene.js";
import { silent } from "../support/quiescence.js";
import { until } from "../support/until.js";

const ROWS = 40;
const MODEL = "BAAI/bge-small-en-v1.5";
const API_KEY = "sk-test-90c2b1e7";

async function startServer(): Promise<OpenAiServer> {
  const directory = await modelFolder("q8");
  const model = await openLocalModel({
    name: MODEL,
    dtype: "q8",
    directory,
    cacheDirectory: "",
    queryPrefix: "",
    documentPrefix: "",
  });
  const server = await startOpenAiServer({ model, name: "served", apiKey: API_KEY });
  onTestFinished(async () => {
    await server.close();
    await model.close();
  });
  return server;
}

/** The scene's configuration, with the server's model in place of the local one. */
async function configurationFor(scene: Scene, url: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "freshet-remote-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const text = await readFile(scene.pipeline.environment["FRESHET_CONFIG"] ?? "", "utf8");
  const served = { provider: "openai", name: "served", url, dimensions: 384, maxTokens: 512, tokenizer: MODEL };
  const models = { local: { ...served, batch: { items: 8 } } };
  const path = join(folder, "freshet.yaml");
  await writeFile(path, JSON.stringify({ ...(JSON.parse(text) as object), models }));
  return path;
}

async function openTopic({ brokers }: Scene, topic: string): Promise<CompactedTopic> {
  const connection = { brokers: [...brokers], clientId: "freshet.test", logger: silent };
  const opened = await openCompactedTopic({ connection, topic, signal: AbortSignal.timeout(30_000) });
  onTestFinished(() => opened.close());
  return opened;
}

it("waits visibly for a model's server that is down, pays for each text once, and puts aside what it refuses", async () => {
  const server = await startServer();
  const scene = await setScene({ seed: 1 });
  const table = `${scene.table.schema}."${scene.table.name}"`;
  await scene.client.query(
    `INSERT INTO ${table} SELECT id, CASE id WHEN 7 THEN 'a storm' ELSE 'ship number ' || id END, 0 ` +
      `FROM generate_series(1, ${ROWS}) AS id`,
  );
  server.faults.misbehave({ kind: "failure" });
  await (await scene.pipeline.start("cdc-producer")).ready();
  const transformer = await scene.pipeline.start("embedding-transformer", {
    FRESHET_CONFIG: await configurationFor(scene, server.url),
    FRESHET_OPENAI_API_KEY: API_KEY,
  });
  const says = async (words: RegExp) =>
    until(async () => words.test(await (await fetch(`${transformer.url}/health/ready`)).text()), {
      what: `the transformer says ${words}`,
      timeoutMs: 60_000,
    });
  await says(/The server had an error/);
  await says(/Nothing is sent for another \d+ s/);

  server.faults.behave();
  server.faults.misbehave({ kind: "refused-text", text: "storm" });
  const documents = await openTopic(scene, embeddingsTopic(scene.name));
  const letters = await openTopic(scene, deadLetterTopic(changesTopic(scene.table.schema, scene.table.name)));
  const rows = () => [...documents.entries.keys()].filter((key) => key.startsWith('{"id"'));
  await until(() => letters.entries.size > 0 && rows().length === ROWS - 1, {
    what: "every row but one is embedded, and that one is put aside",
    timeoutMs: 90_000,
  });
  expect([...letters.entries.keys()]).toEqual(['{"id":7}']);
  expect(rows()).not.toContain('{"id":7}');
  const ships = server.faults.seen.embedded.filter((text) => text.startsWith("ship"));
  expect(ships).toHaveLength(ROWS - 1);
  expect(new Set(ships).size).toBe(ROWS - 1);

  server.faults.behave();
  server.faults.misbehave({ kind: "unauthorized" });
  await scene.client.query(`INSERT INTO ${table} VALUES (1000, 'one more ship', 0)`);
  await until(() => !transformer.running, { what: "the transformer stops for its refused key", timeoutMs: 60_000 });
  expect(transformer.log).toMatch(/refuses the API key .* FRESHET_OPENAI_API_KEY/);
  expect(transformer.log).not.toContain(API_KEY);
  expect(letters.entries.size).toBe(1);
});
