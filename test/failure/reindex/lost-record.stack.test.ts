import { documentsModelKey, generationsStateKey } from "@freshet/schemas/index-generations";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { collectionsOf } from "@freshet/vector-stores/find-collection";
import { expect, it } from "vitest";
import { silent, withTopicAdmin } from "../../support/quiescence.js";
import { until } from "../../support/until.js";
import { ReindexScene } from "./reindex-scene.js";

const seed = Number(process.env["FRESHET_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const PATIENCE = { timeoutMs: 120_000 };

/** As with a state topic that was lost: of generation 3 nobody knows but the store. */
async function loseRecord({ scene, index }: ReindexScene): Promise<void> {
  const connection = { brokers: [...scene.brokers], clientId: "freshet.test", logger: silent };
  await withTopicAdmin(scene.brokers, async (topics) => {
    const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: 10_000 });
    const keys = [generationsStateKey(index), documentsModelKey(index, 3)];
    const records = keys.map((key) => ({ topic: STATE_TOPIC, key, value: null }));
    await producer.send(await producer.address(records)).finally(() => producer.close());
  });
}

it("searches go on when the record is lost, and the next reindexing takes the place of what it knew", async () => {
  const scene = await ReindexScene.open({ seed });
  const { index, record, services, store } = scene;
  await scene.reindex("--force");
  await scene.reindex("--force");
  await scene.reindex("--drop-old");
  const third = await store.resolveAlias(index);
  const [transformer, sink] = [services["embedding-transformer"], services["vector-sink"]];
  expect([await transformer.end("SIGTERM"), await sink.end("SIGTERM")]).toEqual([0, 0]);
  await loseRecord(scene);
  transformer.start();
  sink.start();
  await Promise.all([transformer, sink].map((service) => service.ready(PATIENCE.timeoutMs)));

  const stored = async () => (await collectionsOf(store, index)).map(({ origin }) => origin?.generation);
  await until(async () => (await stored()).includes(1), { what: "the first generation is made anew", ...PATIENCE });
  const told = `until freshet reindex ${index} --force has made another`;
  await until(() => sink.log.includes(told), { what: "the sink tells of it", ...PATIENCE });
  await scene.scene.moreChanges(20);
  expect(await store.resolveAlias(index)).toBe(third);
  expect(record.state).toMatchObject({ serving: 1, last: 1 });
  const doctor = await scene.freshet("doctor").outcome();
  expect(doctor).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("answered by generation 3, of which") as string,
  });
  const tooEarly = await scene.freshet("reindex", index, "--drop-old", "--yes").outcome();
  expect(tooEarly).toMatchObject({ code: 1, stderr: expect.stringContaining("answered by generation 3") as string });

  const unforced = await scene.freshet("reindex", index, "--yes").outcome();
  expect(unforced).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`freshet reindex ${index} --force`) as string,
  });

  await scene.reindex("--force");
  expect(record.state).toMatchObject({ serving: 4, last: 4, reindex: null });
  await scene.reindex("--drop-old");
  expect(record.state.generations.map(({ number }) => number)).toEqual([4]);
  expect(await stored()).toEqual([4]);
  expect((await scene.freshet("doctor").outcome()).stdout).toContain("Generation 4 answers, as freshet.yaml says.");
  // While the sink was away, which owns the store, searches failed; none was answered by what is empty.
  await scene.searches.stop();
  scene.expectRightAnswers();
  await scene.expectIndexEqualsTable();
}, 400_000);
