import { numbered } from "./numbered.js";

/** Compacted, one partition: who may write there may command. */
export const COMMANDS_TOPIC = "freshet.commands";
/** Compacted, one partition: snapshot progress, applied marks, last errors. */
export const STATE_TOPIC = "freshet.state";

/** Kafka allows `[a-zA-Z0-9._-]` in a topic's name; anything else becomes `_`, as in Debezium. */
function legal(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9._-]/g, "_");
}

export function changesTopic(schema: string, table: string): string {
  return legal(`cdc.${schema}.${table}`);
}

interface NamedTable {
  readonly schema: string;
  readonly name: string;
  readonly topic?: string | undefined;
}

/** Where a table's changes are: the topic that the configuration names for it, or else the one that it has by its name. */
export function tableTopic({ schema, name }: NamedTable, configured: readonly NamedTable[]): string {
  const table = configured.find((some) => some.schema === schema && some.name === name);
  return table?.topic ?? changesTopic(schema, name);
}

type IndexRows =
  { readonly table: NamedTable; readonly topic?: undefined } | { readonly topic: string; readonly table?: undefined };

/** Where an index's rows are: the topic that it names itself, or its table's. */
export function inputTopic({ table, topic }: IndexRows, configured: readonly NamedTable[]): string {
  return topic ?? tableTopic(table, configured);
}

/**
 * Where an index's documents are. An index's name has no dot, so that no two of these are the same.
 *
 * @param documents the number of the generation that they were made for.
 */
export function embeddingsTopic(index: string, documents = 1): string {
  return legal(`embeddings.${index}${numbered(documents)}`);
}

export function deadLetterTopic(topic: string): string {
  return `dlq.${topic}`;
}

/** Both control topics' settings; whichever service comes first makes them. */
export const CONTROL_TOPICS = [COMMANDS_TOPIC, STATE_TOPIC].map((name) => ({
  name,
  partitions: 1,
  config: { "cleanup.policy": "compact" },
}));
