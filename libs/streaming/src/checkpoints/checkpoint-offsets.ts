import type { ConsumedRecord } from "../record.js";

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { readonly partition: number; readonly offset: string }[];
}

/** What to commit once records are done with: for each partition the offset behind its last one. */
export class CheckpointOffsets {
  readonly #topics = new Map<string, Map<number, bigint>>();

  /** @param records behind what was added before. */
  add(records: readonly ConsumedRecord[]): void {
    for (const { topic, partition, offset } of records) {
      const partitions = this.#topics.get(topic) ?? new Map<number, bigint>();
      this.#topics.set(topic, partitions.set(partition, offset + 1n));
    }
  }

  toList(): TopicOffsets[] {
    return [...this.#topics].map(([topic, partitions]) => ({
      topic,
      partitions: [...partitions].map(([partition, offset]) => ({ partition, offset: String(offset) })),
    }));
  }
}

export function offsetsBehind(records: readonly ConsumedRecord[]): TopicOffsets[] {
  const offsets = new CheckpointOffsets();
  offsets.add(records);
  return offsets.toList();
}
