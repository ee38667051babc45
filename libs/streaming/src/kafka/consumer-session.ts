import { performance } from "node:perf_hooks";
import {
  type Batch,
  type Cluster,
  type Consumer,
  type EachBatchPayload,
  type Offsets,
  type PartitionAssigner,
  PartitionAssigners,
} from "kafkajs";
import type { FetchedRange, TopicPartition } from "../assignment/assigned-partition.js";
import { Bell } from "../bell.js";
import type { Instant } from "../assignment/fence.js";
import { within } from "../within.js";
import { hidesAborted } from "./committed-reads.js";
import { toRecord } from "./consumed-record.js";
import { isNotRunning } from "./errors.js";
import { type KafkaConnection, REQUEST_TIMEOUT_MS, openKafka } from "./connection.js";

export interface SessionOptions {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
  /** Who gets which partitions; evenly when absent. All members of the group have the same. */
  readonly assigner?: PartitionAssigner;
}

export interface Fetched extends TopicPartition, FetchedRange {
  /** It was taken over: kafkajs goes on behind it. Otherwise it fetches the same again. */
  accept(): void;
  /** Commits once, for the generation of the call. */
  commit(offsets: Offsets): Promise<void>;
}

/** Called by kafkajs in its fetch loop, so all of them return at once. */
export interface SessionEvents {
  onJoin(session: ConsumerSession, partitions: readonly TopicPartition[]): void;
  /** The partitions are lost with the next join, which waits until this has resolved. */
  onRebalance(): Promise<void>;
  onHeartbeat(sentAt: Instant): void;
  onFetched(session: ConsumerSession, fetched: Fetched): void;
  /** Everything up to this offset turned out to hold no records. */
  onSkipped(partition: TopicPartition, last: bigint): void;
}

/**
 * For a single fetch; a partition's share of the buffer may be exceeded by this much. Larger than any record batch: a
 * log's cleaner leaves empty batches behind, and kafkajs takes an empty batch with a cut-off one after it for nothing
 * at all and asks for the same again, for ever.
 */
const MAX_BYTES_PER_PARTITION = 5 * 1024 * 1024;
const MAX_BYTES = MAX_BYTES_PER_PARTITION;
/** kafkajs looks at what was resumed, and at whether it should stop, only when a fetch of an idle topic is over. */
const MAX_WAIT_MS = 100;
const MAX_HEARTBEAT_INTERVAL_MS = 3_000;
const MIN_REBALANCE_TIMEOUT_MS = 60_000;
/** After that it goes on alone; the broker notices by the session time-out. */
const STOP_TIMEOUT_MS = 5_000;

/** One kafkajs consumer, from its connection to its stop or crash. Never restarted: it would keep state of before. */
export class ConsumerSession {
  readonly #consumer: Consumer;
  readonly #options: SessionOptions;
  readonly #events: SessionEvents;
  readonly #crashed: Promise<never>;
  /** What comes late, after a stop or crash, is about partitions of before. */
  #isOver = false;

  constructor(options: SessionOptions, events: SessionEvents) {
    const { connection, group, sessionTimeoutMs } = options;
    this.#options = options;
    this.#events = events;
    const retry = {
      retries: 8,
      initialRetryTime: 100,
      maxRetryTime: 2000,
      restartOnFailure: () => Promise.resolve(false),
    };
    this.#consumer = openKafka(connection, { requestTimeoutMs: REQUEST_TIMEOUT_MS, retry }).consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      // Within it a member has to join again, behind its flush.
      rebalanceTimeout: Math.max(MIN_REBALANCE_TIMEOUT_MS, sessionTimeoutMs),
      // kafkajs heartbeats only between fetches, so it comes late by up to one fetch.
      heartbeatInterval: Math.min(MAX_HEARTBEAT_INTERVAL_MS, Math.floor(sessionTimeoutMs / 6)),
      maxWaitTimeInMs: MAX_WAIT_MS,
      maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
      maxBytes: MAX_BYTES,
      allowAutoTopicCreation: false,
      partitionAssigners: [this.#assigner],
      retry,
    });
    const consumer = this.#consumer;
    this.#crashed = new Promise((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    this.#crashed.catch(() => undefined);
    this.#listen();
  }

  /** Runs until the signal is aborted, then leaves the group and disconnects. @throws what kafkajs crashed with. */
  async run(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const over = new AbortController();
    const aborted = new Bell().wait({ signal: AbortSignal.any([signal, over.signal]) });
    const starting = this.#start();
    try {
      await Promise.race([starting, aborted, this.#crashed]);
      await Promise.race([aborted, this.#crashed]);
    } finally {
      over.abort();
      await this.#stop(starting);
    }
  }

  pause({ topic, partition }: TopicPartition): void {
    whileAlive(() => this.#consumer.pause([{ topic, partitions: [partition] }]));
  }

  resume({ topic, partition }: TopicPartition): void {
    whileAlive(() => this.#consumer.resume([{ topic, partitions: [partition] }]));
  }

  seek({ topic, partition }: TopicPartition, offset: bigint): void {
    whileAlive(() => this.#consumer.seek({ topic, partition, offset: String(offset) }));
  }

  async #start(): Promise<void> {
    const { topics } = this.#options;
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => {
        if (!this.#isOver && !payload.isStale()) this.#events.onFetched(this, toFetched(payload));
        return Promise.resolve();
      },
    });
  }

  /**
   * kafkajs knows no callback before partitions are revoked: it joins again at once, and the broker may then give them
   * to others at any moment. But it looks its coordinator up before each join, and at no other time.
   */
  readonly #assigner: PartitionAssigner = (config) => {
    const cluster: Pick<Cluster, "findGroupCoordinator" | "findBroker"> = config.cluster;
    hidesAborted(cluster);
    const find = cluster.findGroupCoordinator.bind(config.cluster);
    cluster.findGroupCoordinator = async (group) => {
      if (!this.#isOver) await this.#events.onRebalance();
      return find(group);
    };
    return (this.#options.assigner ?? PartitionAssigners.roundRobin)(config);
  };

  /** A consumer that is stopped while it joins would go on as a member that nobody knows of. */
  async #stop(starting: Promise<void>): Promise<void> {
    this.#isOver = true;
    const stopped = starting.catch(() => undefined).then(() => this.#consumer.disconnect());
    await within(
      STOP_TIMEOUT_MS,
      stopped.catch(() => undefined),
    );
  }

  #listen(): void {
    const consumer = this.#consumer;
    const events = this.#events;
    const whenLive = (action: () => void) => {
      if (!this.#isOver) action();
    };
    let lastRequest: Instant | null = null;
    const heartbeat = () => {
      if (lastRequest !== null) events.onHeartbeat(lastRequest);
    };
    consumer.on(consumer.events.REQUEST, ({ payload }) => {
      if (payload.apiName !== "Heartbeat" && payload.apiName !== "SyncGroup") return;
      const ageMs = Math.max(0, Date.now() - payload.sentAt);
      lastRequest = { monotonicMs: performance.now() - ageMs, wallMs: payload.sentAt };
    });
    // These two come right after the request that they are about has been found to be successful.
    consumer.on(consumer.events.HEARTBEAT, () => whenLive(heartbeat));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      whenLive(heartbeat);
      whenLive(() => events.onJoin(this, assigned));
    });
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) whenLive(() => events.onSkipped(payload, BigInt(payload.lastOffset)));
    });
  }
}

/** kafkajs refuses these between its end and the event that tells of it. */
function whileAlive(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!isNotRunning(error)) throw error;
  }
}

function toFetched(payload: EachBatchPayload): Fetched {
  const { batch } = payload;
  const { topic, partition } = batch;
  return {
    topic,
    partition,
    end: BigInt(batch.highWatermark),
    from: BigInt(fetchedOffset(batch)),
    last: BigInt(batch.lastOffset()),
    records: batch.messages.map((message) => toRecord(topic, partition, message)),
    accept: () => payload.resolveOffset(batch.lastOffset()),
    commit: (offsets) => payload.commitOffsetsIfNecessary(offsets),
  };
}

/** kafkajs' types leave it out. */
function fetchedOffset(batch: Batch & { fetchedOffset?: string }): string {
  return batch.fetchedOffset ?? batch.firstOffset() ?? batch.lastOffset();
}
