import { documentsTopicOf, type RunningGeneration } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { COMMANDS_TOPIC, inputTopic, STATE_TOPIC, tableTopic } from "@freshet/schemas/topics";
import type { ExpectedTopic, SeenTopic } from "./topic-findings.js";

/** Kafka's own default, less what it counts for the batch. */
const MIN_MESSAGE_BYTES = 1_000_000;
/** Of a row with its vectors; see the embedding-transformer. */
const EMBEDDING_MESSAGE_BYTES = 4 * 1024 * 1024;

export function controlAndChangeTopics({ source, topics }: Configuration): ExpectedTopic[] {
  const common = { madeBy: "the cdc-producer", minMessageBytes: MIN_MESSAGE_BYTES };
  const control = [COMMANDS_TOPIC, STATE_TOPIC].map((name): ExpectedTopic => ({
    ...common,
    name,
    partitions: { count: 1, rule: "exactly" },
  }));
  const changes = source.tables.map((table): ExpectedTopic => ({
    ...common,
    name: tableTopic(table, source.tables),
    partitions: { count: topics.partitions, rule: "configured" },
  }));
  return [...control, ...changes];
}

/**
 * Those of documents, each once: generations may share one.
 *
 * @param seen the table topics as they are: an index has as many partitions as its table's topic.
 */
export function documentTopics(
  generations: readonly RunningGeneration[],
  { source }: Configuration,
  seen: ReadonlyMap<string, SeenTopic>,
): ExpectedTopic[] {
  const kept = generations.filter(({ dropping }) => !dropping);
  const topics = new Map(kept.map((one) => [documentsTopicOf(one), inputTopic(one.settings, source.tables)]));
  return [...topics].map(([name, input]) => ({
    name,
    madeBy: "the embedding-transformer",
    partitions: { count: seen.get(input)?.partitions ?? null, rule: "exactly" },
    minMessageBytes: EMBEDDING_MESSAGE_BYTES,
  }));
}
