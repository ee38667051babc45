import type { GenerationsFeedOptions } from "@freshet/generations/generations-feed";
import type { RunningGeneration } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import type { AnsweringGeneration } from "./check-stores.js";
import { controlAndChangeTopics, documentTopics } from "./expected-topics.js";
import { checkIndexes } from "./index-findings.js";
import type { Finding } from "@freshet/postgres/finding";
import { topicFindings, type ExpectedTopic, type SeenTopic } from "./topic-findings.js";

const CHECK = "broker";

/**
 * Whether it answers, and whether the topics and the indexes' records are as the services need them. Never throws.
 *
 * @param answering what stores say.
 */
export async function checkBroker(
  options: GenerationsFeedOptions,
  answering: readonly AnsweringGeneration[],
): Promise<Finding[]> {
  const { connection, configuration } = options;
  try {
    const admin = await connectTopicAdmin(connection);
    try {
      const answers: Finding = { check: CHECK, ok: true, says: `Kafka answers at ${connection.brokers.join(", ")}.` };
      const { generations, findings } = await checkIndexes(options, answering);
      return [answers, ...(await checkTopics(admin, configuration, generations)), ...findings];
    } finally {
      await admin.close();
    }
  } catch (error) {
    return [{ check: CHECK, ok: false, says: (error as Error).message }];
  }
}

async function checkTopics(
  admin: TopicAdmin,
  configuration: Configuration,
  generations: readonly RunningGeneration[],
): Promise<Finding[]> {
  const seen = new Map<string, SeenTopic>();
  const look = async (expected: ExpectedTopic): Promise<Finding[]> => {
    const topic = await seeTopic(admin, expected.name);
    if (topic !== null) seen.set(expected.name, topic);
    return topicFindings(expected, topic);
  };
  const findings: Finding[] = [];
  for (const expected of controlAndChangeTopics(configuration)) findings.push(...(await look(expected)));
  for (const expected of documentTopics(generations, configuration, seen)) findings.push(...(await look(expected)));
  return findings;
}

async function seeTopic(admin: TopicAdmin, name: string): Promise<SeenTopic | null> {
  const partitions = await admin.partitionCount(name);
  const settings = await admin.topicSettings(name);
  return partitions === null || settings === null ? null : { partitions, settings };
}
