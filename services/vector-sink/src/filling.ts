import { documentsTopicOf, sinkGroupOf, type RunningGeneration } from "@freshet/generations/running-generation";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";

export interface FillingOptions {
  readonly generation: RunningGeneration;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly connection: KafkaConnection;
}

/**
 * Whether a store has what a generation's topic held when this began. A collection that was lost, also with a store that
 * came back as it was before, isn't to answer while it is filled again, if another one can.
 */
export class Filling {
  readonly #options: FillingOptions;
  /** By partition; what is behind them was read. */
  #ends: ReadonlyMap<number, bigint> = new Map();

  constructor(options: FillingOptions) {
    this.#options = options;
  }

  /** @throws {RetriableError} no broker answers. */
  async begin(): Promise<void> {
    const { generation, connection } = this.#options;
    const admin = await connectTopicAdmin(connection);
    try {
      const offsets = (await admin.topicOffsets(documentsTopicOf(generation))) ?? [];
      this.#ends = new Map(offsets.flatMap(({ partition, low, end }) => (low < end ? [[partition, end]] : [])));
    } finally {
      await admin.close();
    }
  }

  /** @throws {RetriableError} no broker answers. */
  async isDone(): Promise<boolean> {
    if (this.#ends.size === 0) return true;
    const { generation, storeName, connection } = this.#options;
    const admin = await connectTopicAdmin(connection);
    try {
      const topics = [documentsTopicOf(generation)];
      const { partitions } = await admin.groupProgress(sinkGroupOf(storeName, generation), topics);
      const committed = new Map(partitions.map((progress) => [progress.partition, progress.committed ?? 0n]));
      this.#ends = new Map([...this.#ends].filter(([partition, end]) => (committed.get(partition) ?? 0n) < end));
      return this.#ends.size === 0;
    } finally {
      await admin.close();
    }
  }
}
