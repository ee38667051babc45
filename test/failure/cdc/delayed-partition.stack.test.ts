import { COMMANDS_TOPIC, STATE_TOPIC } from "@freshet/schemas/topics";
import { Kafka, logLevel } from "kafkajs";
import { expect, it } from "vitest";
import { until } from "../../support/until.js";
import { startTwoBrokers } from "./second-broker.js";
import { PATIENCE_MS, SENDER_TIMEOUT_MS, SourceScene } from "./source-scene.js";
import { walSender } from "./wal-sender.js";

const ROUNDS = 3;
const ROWS = 50;
/** Two brokers start one after the other. */
const STARTING_TOO_MS = 200_000;

it(
  "confirms nothing past the oldest change that Kafka hasn't taken, though it has later ones in another partition",
  async () => {
    const cluster = await startTwoBrokers();
    const { brokers } = cluster;
    const scene = await SourceScene.open({ brokers, partitions: 2 });
    const { client, random, table } = scene;
    const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const on = (...ids: number[]) => ids.map((id, partition) => ({ partition, replicas: [id] }));
    const create = async (topic: string, ...ids: number[]) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [
          { topic, replicaAssignment: on(...ids), configEntries: [{ name: "cleanup.policy", value: "compact" }] },
        ],
      });
    // What isn't to be delayed is all on the first: the producer's own topics, and by asking for them the groups' offsets.
    await create(STATE_TOPIC, 1);
    await create(COMMANDS_TOPIC, 1);
    const ask = async () => (await admin.fetchOffsets({ groupId: "nobody", topics: [STATE_TOPIC] })).length > 0;
    await until(ask, { what: "groups have a coordinator", timeoutMs: PATIENCE_MS });
    const second = await cluster.startSecond();
    await create(table.topic, 1, second.id);
    await admin.disconnect();
    const producer = await scene.startProducer();
    await producer.ready();
    await client.query(`INSERT INTO ${table.quoted} SELECT -i, 'before' FROM generate_series(1, ${ROWS}) i`);
    await scene.expectTopicsEqualTables();
    const view = await scene.view();

    for (let round = 0; round < ROUNDS; round++) {
      const before = view.messagesOf(0);
      await second.pause();
      const insert = async (from: number) =>
        client.query(
          `INSERT INTO ${table.quoted} SELECT i, 'text' FROM generate_series($1::int, $1::int + ${ROWS - 1}) i`,
          [from],
        );
      await insert(1 + 2 * round * ROWS);
      const oldestPending = await scene.walEnd();
      await insert(1 + (2 * round + 1) * ROWS);
      const { replied } = await walSender(scene);
      const delayMs = SENDER_TIMEOUT_MS * (1 + random());
      const isOver = async () => {
        expect(await scene.confirmed()).toBeLessThan(oldestPending);
        const sender = await walSender(scene);
        return view.messagesOf(0) > before && sender.replied * 1000 > replied * 1000 + delayMs;
      };
      await until(isOver, {
        what: "the other partition has its rows, and keepalives are answered",
        timeoutMs: PATIENCE_MS,
      });
      if (round === 1) {
        await producer.end("SIGKILL");
        producer.start();
      }
      expect(await scene.confirmed()).toBeLessThan(oldestPending);
      second.resume();
      await producer.ready();
      await scene.passedThrough();
    }
    await scene.expectTopicsEqualTables();
  },
  STARTING_TOO_MS,
);
