import type { TopicOffsets } from "../checkpoints/checkpoint-offsets.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchContext, BatchOptions } from "../sink.js";

export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string;
}

/** What a member holds between two rebalances of its group. */
export interface Generation {
  /** Its signal is aborted when the partitions are lost: nothing of their batches may be committed then. */
  readonly context: BatchContext;
  /** Aborted when the partitions will be lost in a moment: what is done by then should be committed by then. */
  readonly revoked: AbortSignal;
  /** Resolves at the next answered heartbeat. @throws when the partitions are lost before. */
  unfenced(): Promise<void>;
  /**
   * The group goes on behind these offsets: everything before them is durable.
   *
   * @throws {RetriableError} not committed for now. @throws {FatalError} may never be committed.
   * @throws {AssignmentEndedError} the partitions are lost.
   */
  commit(offsets: readonly TopicOffsets[]): Promise<void>;
  /** These were committed by a transaction. */
  committed(offsets: readonly TopicOffsets[]): void;
}

/** Records that are worked on together, each partition's in order. No other batch holds records of these partitions. */
export interface RecordBatch {
  readonly records: readonly ConsumedRecord[];
  readonly generation: Generation;
  /** Operators and sinks are done with it: what follows in its partitions may be taken. */
  readonly release: () => void;
  /** It is committed or given up; a rebalance waits for that, for a while. */
  readonly end: () => void;
}

export interface TakeOptions {
  readonly signal: AbortSignal;
  /** How long nothing may come, in ms, before there is no next batch. */
  readonly idleTimeoutMs?: number | undefined;
}

/** Where batches come from: a member of a consumer group, or a test's list. */
export interface RecordSource {
  /** The next batch; null once the signal is aborted. @throws {FatalError} what ended the source. */
  take(limits: BatchOptions, options: TakeOptions): Promise<RecordBatch | null>;
  readiness(): Readiness;
  /** Gives up batches in work, leaves the group and disconnects. */
  close(): Promise<void>;
}
