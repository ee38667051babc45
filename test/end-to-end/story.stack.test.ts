import { createDatabase, kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { openQdrantStore } from "@freshet/vector-stores/qdrant/store";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { runStep, sqlFile, STORY } from "../demo/story.js";
import { Pipeline } from "../support/pipeline.js";

const qdrantUrl = process.env["FRESHET_QDRANT_URL"];

it("finds a row by meaning moments after its commit, and follows its update and its delete", async () => runStory({}));

it.skipIf(qdrantUrl === undefined)("does the same with Qdrant (where FRESHET_QDRANT_URL names one)", async () =>
  runStory(qdrantUrl === undefined ? {} : { qdrantUrl }),
);

async function runStory(store: { readonly qdrantUrl?: string }): Promise<void> {
  const database = await createDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(async () => client.end());
  // Topics are named after the table, and the broker is shared with other tests.
  const schema = randomName("shop");
  await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`);
  await client.query(sqlFile("books-table.sql"));

  const name = randomName("books");
  const { qdrantUrl: url } = store;
  if (url !== undefined) onTestFinished(async () => dropIndex(url, name));
  const pipeline = await Pipeline.prepare({
    postgresUrl: database.url,
    brokers: kafkaBrokers(),
    modelDirectory: await modelFolder("fp32"),
    dtype: "fp32",
    name,
    table: { schema, name: "books" },
    text: "{{ description }}",
    payload: ["name", "author", "year"],
    ...store,
  });
  onTestFinished(async () => {
    await pipeline.stop("SIGKILL");
  });
  const [, , , search] = await Promise.all(
    (["cdc-producer", "embedding-transformer", "vector-sink", "search"] as const).map(async (name) => {
      const service = await pipeline.start(name);
      await service.ready();
      return service;
    }),
  );

  for (const step of STORY) {
    const { answers } = await runStep(step, { client, searchUrl: search?.url ?? "" });
    expect(answers[0]?.payload["name"]).toBe(step.first);
    expect(answers.map(({ score }) => score)).toEqual(answers.map(({ score }) => score).toSorted((a, b) => b - a));
  }

  const codes = await pipeline.stop("SIGTERM");
  expect([...codes.values()]).toEqual([0, 0, 0, 0]);
}

async function dropIndex(url: string, index: string): Promise<void> {
  const store = openQdrantStore({ url });
  const collection = await store.resolveAlias(index);
  if (collection !== null) await store.drop(collection);
  await store.close();
}
