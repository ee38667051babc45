import type { SourceTable } from "@freshet/process/source-configuration";
import { COMMANDS_TOPIC, STATE_TOPIC } from "@freshet/schemas/topics";
import type { Logger } from "@freshet/streaming/logger";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { compactedTopic, tableTopics } from "../events/topics.js";
import type { TableRoute } from "../postgres/source-catalogue.js";

export interface WantedTopics {
  readonly tables: readonly SourceTable[];
  readonly partitions: number;
  readonly logger: Logger;
}

/** Makes what is missing, and returns where each table's events go. */
export async function prepareTopics(topics: TopicAdmin, wanted: WantedTopics): Promise<TableRoute[]> {
  const { tables, partitions, logger } = wanted;
  await topics.ensureTopic(compactedTopic(STATE_TOPIC));
  await topics.ensureTopic(compactedTopic(COMMANDS_TOPIC));
  const routes: TableRoute[] = [];
  for (const { table, spec } of tableTopics(tables, partitions)) {
    const actual = await topics.ensureTopic(spec);
    if (actual !== partitions) {
      const details = { topic: spec.name, partitions: actual, configured: partitions };
      logger.warn(details, "the topic keeps the number of partitions that it was made with");
    }
    routes.push({ ...table, topic: spec.name, partitions: actual });
  }
  return routes;
}
