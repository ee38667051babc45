import type { TopicPartition } from "../assignment/assigned-partition.js";
import { AtLeastOnce } from "../checkpoints/at-least-once.js";
import type { Checkpoint, ProcessingGuarantee } from "../checkpoints/checkpoint.js";
import { COMMIT_AT_ONCE, type CommitLimits } from "../checkpoints/commit-schedule.js";
import { Delivery } from "../delivery/delivery.js";
import { ExactlyOnce } from "../checkpoints/exactly-once.js";
import type { StreamMetrics } from "../metrics.js";
import type { Generation } from "../assignment/record-source.js";
import type { TopicAdmin } from "../topic-admin.js";
import type { KafkaConnection } from "./connection.js";
import { IdempotentProducer } from "./record-producer.js";
import { KafkaTransactionalProducer } from "./transactional-producer.js";

export interface CheckpointOptions {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly processingGuarantee?: ProcessingGuarantee;
  readonly commit?: CommitLimits;
  readonly deadLetterTopic: (topic: string) => string;
  readonly topicAdmin: TopicAdmin;
  readonly metrics: StreamMetrics;
  /** Something will never be committed. */
  readonly onFailure: (error: Error) => void;
}

/** A checkpoint with the producers that it needs. */
export interface OpenCheckpoint extends Checkpoint {
  /** Whether a batch may hold records of several partitions. */
  readonly mixesPartitions: boolean;
  /** Before anything of the partitions is taken. @throws {RetriableError} @throws {FatalError} */
  assign(partitions: readonly TopicPartition[], generation: Generation): Promise<void>;
  close(): Promise<void>;
}

const MAX_PRODUCE_TIMEOUT_MS = 30_000;

export function openCheckpoint(options: CheckpointOptions): OpenCheckpoint {
  const { connection, group, sessionTimeoutMs, topicAdmin: topics, deadLetterTopic, metrics } = options;
  const { processingGuarantee = "at_least_once", commit: limits = COMMIT_AT_ONCE, onFailure } = options;
  const requestTimeoutMs = Math.min(MAX_PRODUCE_TIMEOUT_MS, Math.floor(sessionTimeoutMs / 3));
  const producing = { connection, topics, requestTimeoutMs };
  const delivering = { topics, deadLetterTopic, metrics };
  switch (processingGuarantee) {
    case "at_least_once": {
      const producer = new IdempotentProducer(producing);
      const delivery = new Delivery({ ...delivering, producer });
      const checkpoint = new AtLeastOnce({ delivery, group, limits, metrics, logger: connection.logger, onFailure });
      return {
        mixesPartitions: true,
        complete: (completed) => checkpoint.complete(completed),
        flush: () => checkpoint.flush(),
        assign: () => Promise.resolve(),
        close: () => producer.close(),
      };
    }
    case "exactly_once": {
      const checkpoint = new ExactlyOnce({
        group,
        committed: async ({ topic, partition }) => {
          const { partitions } = await topics.groupProgress(group, [topic]);
          return partitions.find((each) => each.partition === partition)?.committed ?? null;
        },
        openProducer: ({ topic, partition }) =>
          new KafkaTransactionalProducer({ ...producing, transactionalId: `${group}/${topic}/${partition}` }),
        deliveryBy: (producer) => new Delivery({ ...delivering, producer }),
      });
      return {
        mixesPartitions: false,
        complete: (completed) => checkpoint.complete(completed),
        flush: () => checkpoint.flush(),
        assign: (partitions, generation) => checkpoint.assign(partitions, generation),
        close: () => checkpoint.close(),
      };
    }
    default:
      return processingGuarantee satisfies never;
  }
}
