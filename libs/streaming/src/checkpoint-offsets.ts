import type { ConsumedRecord } from "./record.js";

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { readonly partition: number; readonly offset: string }[];
}

/** What to commit once the records are done with: for each partition the offset behind its last one. */
export function offsetsBehind(records: readonly ConsumedRecord[]): TopicOffsets[] {
  const topics = new Map<string, Map<number, bigint>>();
  for (const { topic, partition, offset } of records) {
    const partitions = topics.get(topic) ?? new Map<number, bigint>();
    topics.set(topic, partitions.set(partition, offset + 1n));
  }
  return [...topics].map(([topic, partitions]) => ({
    topic,
    partitions: [...partitions].map(([partition, offset]) => ({ partition, offset: String(offset) })),
  }));
}
