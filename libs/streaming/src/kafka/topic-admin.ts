import kafkajs, { type Admin } from "kafkajs";
import type { GroupProgress, PartitionOffsets, PartitionProgress, TopicAdmin, TopicSpec } from "../topic-admin.js";
import { FatalError, RetriableError } from "../errors.js";
import { AdminClient } from "./admin-client.js";
import type { KafkaConnection } from "./connection.js";
import { protocolType } from "./errors.js";

// Node finds no enumeration among the named exports of kafkajs' CommonJS.
const { ConfigResourceTypes } = kafkajs;

const CREATE_TIMEOUT_MS = 30_000;
const CREATE_POLL_MS = 50;

/** @throws {RetriableError} when no broker answers, in a sentence that names the addresses. */
export async function connectTopicAdmin(connection: KafkaConnection): Promise<TopicAdmin> {
  const admin = new KafkaTopicAdmin(connection);
  await admin.connect();
  return admin;
}

/**
 * For a service's start, when silence is most likely a wrong address, which a person has to see. Later it is waited out.
 *
 * @throws {RetriableError} when no broker answers.
 */
export async function requireBroker(connection: KafkaConnection): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  await admin.close();
}

export class KafkaTopicAdmin implements TopicAdmin {
  readonly #client: AdminClient;

  constructor(connection: KafkaConnection) {
    this.#client = new AdminClient(connection);
  }

  async connect(): Promise<void> {
    await this.#client.ask({}, (admin) => admin.describeCluster());
  }

  async ensureTopic(spec: TopicSpec): Promise<number> {
    const doing = { topics: [spec.name] };
    const known = await this.partitionCount(spec.name);
    if (known !== null) return known;
    const count = await this.#client.ask(doing, (admin) => createTopic(admin, spec));
    // Asks every leader: until each has taken its partition, the first records would be refused.
    await this.#client.ask(doing, (admin) => admin.fetchTopicOffsets(spec.name));
    return count;
  }

  partitionCount(topic: string): Promise<number | null> {
    return this.#client.ask({ topics: [topic] }, (admin) => countPartitions(admin, topic));
  }

  topicSettings(topic: string): Promise<ReadonlyMap<string, string> | null> {
    return this.#client.ask({ topics: [topic] }, async (admin) => {
      if ((await countPartitions(admin, topic)) === null) return null;
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic };
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
      const entries = resources.flatMap(({ configEntries }) => configEntries);
      return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
    });
  }

  topicNames(): Promise<readonly string[]> {
    return this.#client.ask({}, (admin) => admin.listTopics());
  }

  topicOffsets(topic: string): Promise<readonly PartitionOffsets[] | null> {
    return this.#client.ask({ topics: [topic] }, (admin) => topicOffsets(admin, topic));
  }

  deleteRecords(topic: string, before: ReadonlyMap<number, bigint>): Promise<void> {
    const partitions = [...before].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    return this.#client.ask({ topics: [topic] }, async (admin) => {
      // kafkajs looks for the leaders in what it already knows of the topic.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions });
    });
  }

  deleteTopic(topic: string): Promise<void> {
    return this.#client.ask({ topics: [topic] }, async (admin) => {
      if ((await countPartitions(admin, topic)) !== null) await admin.deleteTopics({ topics: [topic] });
    });
  }

  groupProgress(group: string, topics: readonly string[]): Promise<GroupProgress> {
    return this.#client.ask({ group, topics }, async (admin) => {
      const { groups } = await admin.describeGroups([group]);
      const partitions: PartitionProgress[] = [];
      for (const topic of topics) {
        if ((await countPartitions(admin, topic)) === null) continue;
        partitions.push(...(await topicProgress(admin, group, topic)));
      }
      return { group, state: groups[0]?.state ?? "Dead", members: groups[0]?.members.length ?? 0, partitions };
    });
  }

  async deleteGroup(group: string): Promise<void> {
    await this.#client.ask({ group }, (admin) => admin.deleteGroups([group]));
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

export async function countPartitions(admin: Admin, topic: string): Promise<number | null> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length ?? null;
  } catch (error) {
    if (protocolType(error) === "UNKNOWN_TOPIC_OR_PARTITION") return null;
    throw error;
  }
}

export async function topicOffsets(admin: Admin, topic: string): Promise<PartitionOffsets[] | null> {
  if ((await countPartitions(admin, topic)) === null) return null;
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.map(({ partition, low, high }) => ({ partition, low: BigInt(low), end: BigInt(high) }));
}

async function createTopic(admin: Admin, { name, partitions, config = {} }: TopicSpec): Promise<number> {
  const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
  const topic = { topic: name, numPartitions: partitions, replicationFactor: -1, configEntries };
  try {
    await admin.createTopics({ topics: [topic], waitForLeaders: false, timeout: CREATE_TIMEOUT_MS });
  } catch (error) {
    throw creationFailure(error, name);
  }
  // Created isn't known everywhere yet.
  for (const start = Date.now(); Date.now() - start < CREATE_TIMEOUT_MS;) {
    const count = await countPartitions(admin, name);
    if (count !== null) return count;
    await new Promise((resolve) => setTimeout(resolve, CREATE_POLL_MS));
  }
  throw new RetriableError(`The new topic ${name} didn't appear within ${CREATE_TIMEOUT_MS} ms.`);
}

/** kafkajs puts the reason for one topic into a list of reasons. */
function creationFailure(error: unknown, topic: string): unknown {
  const reasons: unknown = error instanceof Error && "errors" in error ? error.errors : undefined;
  const reason: unknown = Array.isArray(reasons) ? reasons[0] : error;
  const type = protocolType(reason);
  if (type === "TOPIC_AUTHORIZATION_FAILED" || type === "CLUSTER_AUTHORIZATION_FAILED") {
    return new FatalError(
      `Kafka doesn't let this client create the topic ${topic}: grant it Create, or make the topic.`,
    );
  }
  return reason;
}

async function topicProgress(admin: Admin, group: string, topic: string): Promise<PartitionProgress[]> {
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const ends = await admin.fetchTopicOffsets(topic);
  return ends
    .map(({ partition, high }) => {
      const offset = BigInt(committed?.partitions.find((found) => found.partition === partition)?.offset ?? -1);
      return { topic, partition, committed: offset < 0n ? null : offset, end: BigInt(high) };
    })
    .sort((left, right) => left.partition - right.partition);
}
