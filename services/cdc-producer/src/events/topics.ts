import { SourceError } from "@freshet/postgres/errors";
import type { SourceTable } from "@freshet/process/source-configuration";
import { COMMANDS_TOPIC, STATE_TOPIC, tableTopic } from "@freshet/schemas/topics";
import type { TopicSpec } from "@freshet/streaming/topic-admin";
import { formatTableName } from "@freshet/process/table-name";

/**
 * Compacted, so that the topic always holds the whole table: an index added later, or one that fell behind, reads all
 * rows from it. Deletes stay for a week.
 */
const TABLE_CONFIG = {
  "cleanup.policy": "compact",
  "delete.retention.ms": String(7 * 24 * 60 * 60 * 1000),
};

export interface TableTopic {
  readonly table: SourceTable;
  readonly spec: TopicSpec;
}

/** @throws {SourceError} when two tables would share a topic, where their rows could not be told apart. */
export function tableTopics(tables: readonly SourceTable[], partitions: number): TableTopic[] {
  const owners = new Map([COMMANDS_TOPIC, STATE_TOPIC].map((topic) => [topic, "Freshet itself"]));
  return tables.map((table) => {
    const topic = tableTopic(table, tables);
    const label = formatTableName(table);
    const owner = owners.get(topic);
    if (owner !== undefined) {
      throw new SourceError(
        "topic-shared",
        `${owner} and table ${label} would share the topic ${topic}: name another topic for the table in source.tables, or take it out.`,
      );
    }
    owners.set(topic, `Table ${label}`);
    return { table, spec: { name: topic, partitions, config: TABLE_CONFIG } };
  });
}

export function compactedTopic(name: string): TopicSpec {
  return { name, partitions: 1, config: { "cleanup.policy": "compact" } };
}
