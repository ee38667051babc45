import type { Configuration } from "@freshet/process/configuration";
import { COMMANDS_TOPIC, embeddingsTopic, inputTopic, STATE_TOPIC, tableTopic } from "@freshet/schemas/topics";
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

/** @param seen the table topics as they are: an index has as many partitions as its table's topic. */
export function indexTopics({ indexes, source }: Configuration, seen: ReadonlyMap<string, SeenTopic>): ExpectedTopic[] {
  return Object.entries(indexes).map(([index, rows]) => {
    const partitions = seen.get(inputTopic(rows, source.tables))?.partitions ?? null;
    return {
      name: embeddingsTopic(index),
      madeBy: "the embedding-transformer",
      partitions: { count: partitions, rule: "exactly" },
      minMessageBytes: EMBEDDING_MESSAGE_BYTES,
    };
  });
}
