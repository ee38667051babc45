import { changesTopic } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";
import type { TopicSpec } from "@freshet/streaming/topic-admin";
import { tableLabel } from "./captured-table.js";

/**
 * Compacted, so that the topic always holds the whole table: an index added later, or one that fell behind, reads all
 * rows from it. Deletes stay for a week.
 */
const TABLE_CONFIG = {
  "cleanup.policy": "compact",
  "delete.retention.ms": String(7 * 24 * 60 * 60 * 1000),
};

export interface TableTopic {
  readonly schema: string;
  readonly name: string;
  readonly spec: TopicSpec;
}

/** @throws {FatalError} when two tables would share a topic, where their rows could not be told apart. */
export function tableTopics(
  tables: readonly { readonly schema: string; readonly name: string }[],
  partitions: number,
): TableTopic[] {
  const owners = new Map<string, string>();
  return tables.map(({ schema, name }) => {
    const topic = changesTopic(schema, name);
    const label = tableLabel({ schema, name });
    const owner = owners.get(topic);
    if (owner !== undefined) {
      throw new FatalError(
        `Tables ${owner} and ${label} would share the topic ${topic}: rename one of them, or take it out of source.tables.`,
      );
    }
    owners.set(topic, label);
    return { schema, name, spec: { name: topic, partitions, config: TABLE_CONFIG } };
  });
}

export function compactedTopic(name: string): TopicSpec {
  return { name, partitions: 1, config: { "cleanup.policy": "compact" } };
}
