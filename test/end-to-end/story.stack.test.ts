import { createDatabase, kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { runStep, sqlFile, STORY } from "../demo/story.js";
import { Pipeline } from "../support/pipeline.js";

it("finds a row by meaning moments after its commit, and follows its update and its delete", async () => {
  const database = await createDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  onTestFinished(async () => client.end());
  // Topics are named after the table, and the broker is shared with other tests.
  const schema = randomName("shop");
  await client.query(`CREATE SCHEMA ${schema}; SET search_path TO ${schema}`);
  await client.query(sqlFile("books-table.sql"));

  const pipeline = await Pipeline.prepare({
    postgresUrl: database.url,
    brokers: kafkaBrokers(),
    modelDirectory: await modelFolder("fp32"),
    dtype: "fp32",
    name: randomName("books"),
    table: { schema, name: "books" },
    text: "{{ description }}",
    payload: ["name", "author", "year"],
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
});
