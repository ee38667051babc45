import type { GenerationsState } from "@freshet/schemas/index-generations";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { readState } from "../read-state.js";
import { leftOver } from "./left-over.js";
import type { Waiting } from "./waiting.js";

const REQUEST_TIMEOUT_MS = 10_000;
/** Kafka's name of a group's state when it isn't there. */
const NO_GROUP = "Dead";

export interface RemovalOptions {
  readonly connection: KafkaConnection;
  readonly admin: TopicAdmin;
  /** With the generations still in it. */
  readonly state: GenerationsState;
  readonly dropped: readonly number[];
  readonly stores: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Deletes what the broker has of dropped generations, groups first: while one has members, its topic may still be read.
 *
 * @returns who hasn't left yet; nothing is deleted then. @throws {FatalError} this client may not.
 */
export async function removeLeftOver(options: RemovalOptions): Promise<readonly Waiting[]> {
  const { connection, admin, state, dropped, stores } = options;
  const { groups, topics, keys } = leftOver(state, dropped, stores);
  const found = await Promise.all(groups.map((group) => admin.groupProgress(group, [])));
  const joined = found.filter(({ members }) => members > 0);
  if (joined.length > 0) {
    return joined.map(({ group, members }) => ({
      who: group,
      says: `${members} still in the group ${group}`,
      mark: String(members),
    }));
  }
  for (const { group, state: known } of found) if (known !== NO_GROUP) await admin.deleteGroup(group);
  for (const topic of topics) await admin.deleteTopic(topic);
  const producer = new IdempotentProducer({ connection, topics: admin, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    const records = [...keys, ...(await marksOf(options))].map((key) => ({ topic: STATE_TOPIC, key, value: null }));
    if (records.length > 0) await producer.send(await producer.address(records));
  } finally {
    await producer.close();
  }
  return [];
}

/** The keys of what sinks have told of these generations. */
async function marksOf({ connection, state, dropped, signal }: RemovalOptions): Promise<string[]> {
  const topic = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
  await topic.close();
  return [...topic.entries].flatMap(([key, text]) => {
    const known = readState(key, text);
    const isMark = known.kind === "applied" || known.kind === "stored";
    return isMark && known.index === state.index && dropped.includes(known.generation) ? [key] : [];
  });
}
