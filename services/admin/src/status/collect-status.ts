import type { Configuration } from "@freshet/process/configuration";
import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import { decodeState, type ServiceState } from "@freshet/schemas/service-state";
import { changesTopic, embeddingsTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { GroupProgress, TopicAdmin } from "@freshet/streaming/topic-admin";
import { buildStatusReport, type StatusReport } from "./status-report.js";

/** Asks the broker and nothing else. @throws when no broker answers: one sentence. */
export async function collectStatus(
  connection: KafkaConnection,
  configuration: Configuration,
  signal: AbortSignal,
): Promise<StatusReport> {
  const admin = await connectTopicAdmin(connection);
  try {
    const [states, groups] = await Promise.all([
      readStates(connection, signal),
      readGroups(admin, groupsAndTopics(configuration)),
    ]);
    return buildStatusReport({ configuration, states, groups });
  } finally {
    await admin.close();
  }
}

async function readStates(connection: KafkaConnection, signal: AbortSignal): Promise<ServiceState[]> {
  const topic = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
  try {
    return [...topic.entries.values()].map(decodeState);
  } finally {
    await topic.close();
  }
}

function groupsAndTopics({ indexes }: Configuration): [group: string, topic: string][] {
  return Object.entries(indexes).flatMap(([index, { table, stores }]) => [
    [transformerGroup(index), changesTopic(table.schema, table.name)] as [string, string],
    ...stores.map((store): [string, string] => [sinkGroup(store, index), embeddingsTopic(index)]),
  ]);
}

async function readGroups(
  admin: TopicAdmin,
  wanted: readonly (readonly [group: string, topic: string])[],
): Promise<Map<string, GroupProgress>> {
  const progress = await Promise.all(wanted.map(async ([group, topic]) => admin.groupProgress(group, [topic])));
  return new Map(progress.map((group) => [group.group, group]));
}
