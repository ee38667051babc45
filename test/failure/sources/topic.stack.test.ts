import { kafkaBrokers, modelFolder, randomName } from "@freshet/local-stack/testing";
import { createLogger } from "@freshet/process/logger";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { pointId } from "@freshet/vector-stores/point-id";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FreshetCommand } from "../../support/freshet-command.js";
import { Pipeline } from "../../support/pipeline.js";

interface Outcome {
  readonly reports: readonly { readonly counts: Readonly<Record<string, number>>; readonly rows: number }[];
  readonly failures: readonly { readonly reason: string }[];
}

async function produce(topic: string, rows: number): Promise<void> {
  const logger = createLogger({ name: "test", level: "silent", pretty: false });
  const connection = { brokers: kafkaBrokers(), clientId: "freshet-test", logger };
  const admin = await connectTopicAdmin(connection);
  await admin.ensureTopic({ name: topic, partitions: 2 });
  const producer = new IdempotentProducer({ connection, topics: admin, requestTimeoutMs: 10_000 });
  const records = Array.from({ length: rows }, (_, id) => ({
    topic,
    key: `k${id}`,
    value: JSON.stringify({ body: `row ${id}` }),
  }));
  for (const record of await producer.address(records)) await producer.send([record]);
  await producer.close();
  await admin.close();
}

it("holds an index of somebody's topic against what its newest records make", async () => {
  const name = randomName("foreign");
  await produce(name, 30);
  const pipeline = await Pipeline.prepare({
    ...{ postgresUrl: "postgres://nobody@127.0.0.1:1/none", brokers: kafkaBrokers(), dtype: "q8" },
    ...{
      modelDirectory: await modelFolder("q8"),
      name,
      table: { schema: "public", name },
      text: "{{ body }}",
      payload: [],
    },
  });
  onTestFinished(async () => {
    await pipeline.stop("SIGKILL");
  });
  const configuration = {
    topics: { partitions: 2 },
    models: { local: { provider: "local", name: "BAAI/bge-small-en-v1.5", dtype: "q8" } },
    stores: { main: { kind: "zvec" } },
    indexes: { [name]: { topic: name, text: "{{ body }}", payload: ["body"], model: "local", stores: ["main"] } },
  };
  await writeFile(pipeline.environment["FRESHET_CONFIG"] ?? "", JSON.stringify(configuration));
  const verify = async (...words: readonly string[]) => {
    const command = new FreshetCommand(pipeline.environment, ["verify", "--json", "--timeout", "100", ...words]);
    onTestFinished(() => command.kill());
    const { code, stdout, stderr } = await command.outcome();
    return { code, ...(JSON.parse(stdout) as Outcome), output: `${stdout}\n${stderr}` };
  };

  const transformer = await pipeline.start("embedding-transformer");
  const sink = await pipeline.start("vector-sink");
  await Promise.all([transformer, sink].map((service) => service.ready()));
  const equal = await verify();
  expect(equal, equal.output).toMatchObject({ code: 0, reports: [{ rows: 30 }] });

  expect(await sink.end("SIGTERM")).toBe(0);
  const store = await openZvecStore({ directory: join(pipeline.environment["FRESHET_ZVEC_DIR"] ?? "", "main") });
  const collection = (await store.resolveAlias(name)) ?? "";
  const idOf = (key: string) => pointId(name, `{"key":"${key}"}`, 0);
  const found = await store.retrieve(collection, [idOf("k1")]);
  const point = found.get(idOf("k1"));
  if (point === undefined) throw new Error("the row is stored");
  const orphan = { ...point, id: idOf("nobody"), metadata: { ...point.metadata, key: '{"key":"nobody"}' } };
  const upserts = [{ ...point, text: "another text" }, orphan];
  await store.apply(
    collection,
    { upserts, payloads: [], deletes: [{ id: idOf("k2"), position: null }] },
    () => undefined,
  );
  await store.close();
  sink.start();
  await sink.ready();

  const different = await verify();
  expect(different, different.output).toMatchObject({
    ...{ code: 1, reports: [{ counts: { altered: 1, missing: 1, orphaned: 1, stale: 0 } }] },
  });
  const refused = await verify("--repair");
  expect(refused.code).toBe(2);
  expect(refused.failures[0]?.reason).toContain("somebody else's to write");
});
