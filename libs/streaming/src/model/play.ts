import { Registry } from "prom-client";
import type { ProcessingGuarantee } from "../checkpoints/checkpoint.js";
import type { KafkaConnection } from "../kafka/connection.js";
import { openDeliveryChannel } from "../kafka/delivery-channel.js";
import { connectTopicAdmin } from "../kafka/topic-admin.js";
import type { History } from "./history.js";
import { type Entry, JournalReader } from "./journal.js";
import { Player } from "./player.js";
import { readTopics, type StoredRecord } from "./topic-contents.js";

export interface Stage {
  readonly connection: KafkaConnection;
  /** Of the group, and in the names of the topics. */
  readonly name: string;
  readonly sessionTimeoutMs: number;
  readonly guarantee: ProcessingGuarantee;
  /** The file of the members' journal. */
  readonly journal: string;
}

/** What is left of a history when it is over. */
export interface Played {
  readonly entries: readonly Entry[];
  readonly output: readonly StoredRecord[];
  readonly letters: readonly StoredRecord[];
  /** What the members ended with. */
  readonly ends: readonly (number | string)[];
  /** Whether the group has committed everything, in the end. */
  readonly isCommitted: boolean;
}

const CLOSE_TIMEOUT_MS = 1_000;

/** Plays a history against the broker to its end: all messages are committed, and all members are gone. */
export async function play(history: History, stage: Stage): Promise<Played> {
  const { connection, name, sessionTimeoutMs, guarantee } = stage;
  const { partitions, application, topology } = history;
  const topics = { input: `${name}.input`, output: `${name}.output`, deadLetterTopic: `dlq.${name}.input` };
  const admin = await connectTopicAdmin(connection);
  await admin.ensureTopic({ name: topics.input, partitions });
  await admin.ensureTopic({ name: topics.output, partitions });
  await admin.ensureTopic({ name: topics.deadLetterTopic, partitions: 1 });
  const channel = await openDeliveryChannel({
    connection,
    registry: new Registry(),
    deadLetterTopic: (topic) => topic,
  });
  const journal = new JournalReader(stage.journal);
  const orders = {
    ...topics,
    brokers: connection.brokers,
    group: name,
    sessionTimeoutMs,
    guarantee,
    application,
    topology,
    journal: stage.journal,
  };
  const player = new Player({ history, orders, admin, channel, journal });
  try {
    const ends = await player.play();
    const stored = await readTopics({
      connection,
      channel,
      group: `${name}.reader`,
      topics: new Map([
        [topics.output, partitions],
        [topics.deadLetterTopic, 1],
      ]),
    });
    return {
      entries: journal.entries,
      output: stored.filter(({ topic }) => topic === topics.output),
      letters: stored.filter(({ topic }) => topic === topics.deadLetterTopic),
      ends,
      isCommitted: await player.isCommitted(),
    };
  } finally {
    await player.close();
    journal.close();
    await channel.close(CLOSE_TIMEOUT_MS);
    await admin.close();
  }
}
