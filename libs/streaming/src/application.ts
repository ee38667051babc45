import type { Registry } from "prom-client";
import { delay } from "./back-off.js";
import { tightest } from "./batches/batch-limits.js";
import { BatchLoop } from "./batches/batch-loop.js";
import { BatchWorker } from "./batches/batch-worker.js";
import type { ProcessingGuarantee } from "./checkpoints/checkpoint.js";
import type { CommitLimits } from "./checkpoints/commit-schedule.js";
import type { StreamingDataFrame } from "./frames/dataframe.js";
import { FatalError } from "./errors.js";
import type { KafkaConnection } from "./kafka/connection.js";
import { openCheckpoint } from "./kafka/checkpoints.js";
import { GroupConsumer } from "./kafka/group-consumer.js";
import { KafkaTopicAdmin } from "./kafka/topic-admin.js";
import { StreamMetrics } from "./metrics.js";
import type { Readiness } from "./assignment/record-source.js";
import type { TopicAdmin } from "./topic-admin.js";
import { prepareTopics } from "./topic-preparation.js";
import type { Topic, TopicCodecs } from "./topic.js";
import { DeclaredTopology, type Topology } from "./topology.js";
import { Troubles } from "./troubles.js";
import { within } from "./within.js";

export interface ApplicationOptions {
  readonly connection: KafkaConnection;
  readonly consumerGroup: string;
  /**
   * In ms: after so long without a heartbeat the broker gives the partitions to others. Requests to sinks and produce
   * requests have to fit well into it.
   */
  readonly sessionTimeoutMs: number;
  readonly registry: Registry;
  /** Where the poison of an input topic goes. */
  readonly deadLetterTopic: (topic: string) => string;
  /** Of records fetched ahead, over all partitions, as they take memory; 16 MiB by default. */
  readonly maxBufferedBytes?: number;
  /** How long a stop waits for the batches in work before they are given up, to be delivered again. */
  readonly stopTimeoutMs?: number;
  /**
   * How many batches operators and sinks work on at a time, 1 by default. They are of different partitions, so that
   * each partition's order is kept. Producing and committing goes on beside in any case.
   */
  readonly concurrency?: number;
  /** When offsets are committed behind what is durable; at once by default. */
  readonly commit?: CommitLimits;
  /**
   * `at_least_once` by default. With `exactly_once`, what is produced and the offsets behind it are committed in one
   * transaction: readers of committed records see the results of each record once. Sinks may still see it again.
   */
  readonly processingGuarantee?: ProcessingGuarantee;
  /**
   * A partition that has records and brings none for so long, in ms, makes this process unready (60,000 by default);
   * for five times as long, `run` rejects.
   */
  readonly stallTimeoutMs?: number;
}

export interface RunOptions {
  /** Ends it when aborted. */
  readonly signal?: AbortSignal;
  /** How many records to take, over all topics. */
  readonly count?: number;
  /** Ends it when no record has come for so long, in ms, once the group has been joined. */
  readonly timeoutMs?: number;
}

const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;
const STOP_TIMEOUT_MS = 10_000;
const STALL_TIMEOUT_MS = 60_000;

/**
 * Reads topics as a member of a consumer group, does what their frames say, and commits offsets behind it: sinks have
 * written, produced records are acknowledged by all in-sync replicas, dead letters too, and only then the commit.
 * So every record is processed at least once, and each partition's in order.
 */
export class Application implements Topology {
  readonly #options: ApplicationOptions;
  readonly #topology = new DeclaredTopology();
  readonly #troubles: Troubles;
  readonly #metrics: StreamMetrics;
  readonly #stopTimeoutMs: number;
  #state: (() => Readiness) | string = "not started";

  constructor(options: ApplicationOptions) {
    this.#options = options;
    this.#stopTimeoutMs = options.stopTimeoutMs ?? STOP_TIMEOUT_MS;
    this.#metrics = new StreamMetrics(options.registry);
    const { connection, consumerGroup: group } = options;
    this.#troubles = new Troubles({ logger: connection.logger, metrics: this.#metrics, group });
  }

  topic<K, V>(name: string, codecs: TopicCodecs<K, V>): Topic<K, V> {
    return this.#topology.topic(name, codecs);
  }

  /** Before `run`. */
  dataframe<K, V>(topic: Topic<K, V>): StreamingDataFrame<K, V> {
    return this.#topology.dataframe(topic);
  }

  readiness(): Readiness {
    if (typeof this.#state === "string") return { ready: false, reason: this.#state };
    const trouble = this.#troubles.current;
    return trouble === undefined ? this.#state() : { ready: false, reason: trouble.message };
  }

  /**
   * Works until the signal is aborted; then finishes and commits the batches in work, leaves the group and resolves. A
   * broker or another dependency that is away is waited for. Ends likewise after `count` records, or when nothing more
   * comes for `timeoutMs`: for jobs and tests.
   *
   * @throws {FatalError} and any error of a sink or `applyBatch` that isn't known to be retriable.
   */
  async run(options: RunOptions = {}): Promise<void> {
    const { connection, consumerGroup } = this.#options;
    const { signal = new AbortController().signal } = options;
    if (this.#topology.pipelines.size === 0)
      throw new FatalError(`The application of group ${consumerGroup} has no dataframe.`);
    const topics = new KafkaTopicAdmin(connection);
    try {
      this.#state = "starting";
      const prepared = await prepareTopics([...this.#topology.pipelines.values()], {
        topics,
        troubles: this.#troubles,
        signal,
        onWaiting: (reason) => (this.#state = reason),
      });
      if (prepared) await this.#consume(topics, { ...options, signal });
    } finally {
      this.#state = "stopped";
      await topics.close();
    }
  }

  async #consume(
    topics: TopicAdmin,
    { signal, count, timeoutMs }: RunOptions & { signal: AbortSignal },
  ): Promise<void> {
    const { connection, consumerGroup: group, concurrency = 1 } = this.#options;
    const { pipelines } = this.#topology;
    const [troubles, metrics] = [this.#troubles, this.#metrics];
    const onFailure = (error: Error) => loop.fail(error);
    const common = { ...this.#options, group, topics: [...pipelines.keys()], troubles, metrics, onFailure };
    const checkpoint = openCheckpoint({ ...common, topicAdmin: topics });
    const source = new GroupConsumer({
      ...common,
      maxBufferedBytes: this.#options.maxBufferedBytes ?? MAX_BUFFERED_BYTES,
      stallTimeoutMs: this.#options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
      mixesPartitions: checkpoint.mixesPartitions,
      onAssigned: (partitions, generation) => checkpoint.assign(partitions, generation),
    });
    const worker = new BatchWorker({ group, pipelines, checkpoint, troubles, metrics, logger: connection.logger });
    const limits = tightest([...pipelines.values()].map((pipeline) => pipeline.limits()));
    const loop = new BatchLoop({ source, worker, limits, concurrency, count, idleTimeoutMs: timeoutMs });
    source.start();
    this.#state = () => source.readiness();
    const stopped = new AbortController();
    const stop = this.#closeLate(source, signal, stopped.signal);
    try {
      await loop.run(signal);
      await checkpoint.flush();
    } finally {
      stopped.abort();
      await stop;
      await source.close();
      // Operators may still work on what has been given up.
      await within(this.#stopTimeoutMs, loop.settled());
      await checkpoint.close();
    }
  }

  /** A stop ends the batches in work only when they take too long. */
  async #closeLate(source: GroupConsumer, signal: AbortSignal, stopped: AbortSignal): Promise<void> {
    const stopTimeoutMs = this.#stopTimeoutMs;
    try {
      await aborted(AbortSignal.any([signal, stopped]));
      await delay(stopTimeoutMs, stopped);
    } catch {
      return;
    }
    this.#options.connection.logger.warn(
      { stopTimeoutMs },
      "The batches in work took too long for the stop; they will be delivered again.",
    );
    await source.close();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
