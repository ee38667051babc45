import type { Registry } from "prom-client";
import { delay } from "./back-off.js";
import { tightest } from "./batch-limits.js";
import { BatchWorker } from "./batch-worker.js";
import type { StreamingDataFrame } from "./dataframe.js";
import { Delivery } from "./delivery.js";
import { FatalError } from "./errors.js";
import type { KafkaConnection } from "./kafka/connection.js";
import { GroupConsumer } from "./kafka/group-consumer.js";
import { IdempotentProducer } from "./kafka/record-producer.js";
import { KafkaTopicAdmin } from "./kafka/topic-admin.js";
import { StreamMetrics } from "./metrics.js";
import type { Readiness, RecordSource } from "./record-source.js";
import { prepareTopics } from "./topic-preparation.js";
import type { Topic, TopicCodecs } from "./topic.js";
import { DeclaredTopology, type Topology } from "./topology.js";
import { Troubles } from "./troubles.js";

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
  /** Of keys and values fetched ahead, over all partitions. */
  readonly maxBufferedBytes?: number;
  /** How long a stop waits for the batch in work before it is given up, to be delivered again. */
  readonly stopTimeoutMs?: number;
}

const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;
const STOP_TIMEOUT_MS = 10_000;
const MAX_PRODUCE_TIMEOUT_MS = 30_000;

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
  #state: (() => Readiness) | string = "not started";

  constructor(options: ApplicationOptions) {
    this.#options = options;
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
   * Works until the signal is aborted; then finishes and commits the batch in work, leaves the group and resolves. A
   * broker or another dependency that is away is waited for.
   *
   * @throws {FatalError} and any error of a sink or `applyBatch` that isn't known to be retriable.
   */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    const { connection, consumerGroup, sessionTimeoutMs, deadLetterTopic } = this.#options;
    if (this.#topology.pipelines.size === 0)
      throw new FatalError(`The application of group ${consumerGroup} has no dataframe.`);
    const topics = new KafkaTopicAdmin(connection);
    const requestTimeoutMs = Math.min(MAX_PRODUCE_TIMEOUT_MS, Math.floor(sessionTimeoutMs / 3));
    const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs });
    const delivery = new Delivery({ producer, topics, deadLetterTopic, metrics: this.#metrics });
    try {
      this.#state = "starting";
      const prepared = await prepareTopics([...this.#topology.pipelines.values()], {
        topics,
        troubles: this.#troubles,
        signal,
        onWaiting: (reason) => (this.#state = reason),
      });
      if (prepared) await this.#consume(delivery, signal);
    } finally {
      this.#state = "stopped";
      await producer.close();
      await topics.close();
    }
  }

  async #consume(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { connection, consumerGroup: group, sessionTimeoutMs, maxBufferedBytes = MAX_BUFFERED_BYTES } = this.#options;
    const source = new GroupConsumer({
      connection,
      group,
      topics: [...this.#topology.pipelines.keys()],
      sessionTimeoutMs,
      maxBufferedBytes,
      troubles: this.#troubles,
      metrics: this.#metrics,
    });
    source.start();
    this.#state = () => source.readiness();
    const stopped = new AbortController();
    const stop = this.#closeLate(source, signal, stopped.signal);
    try {
      await this.#work(source, delivery, signal);
    } finally {
      stopped.abort();
      await stop;
      await source.close();
    }
  }

  async #work(source: RecordSource, delivery: Delivery, signal: AbortSignal): Promise<void> {
    const pipelines = this.#topology.pipelines;
    const limits = tightest([...pipelines.values()].map((pipeline) => pipeline.limits()));
    const { consumerGroup: group, connection } = this.#options;
    const troubles = this.#troubles;
    const worker = new BatchWorker({
      group,
      pipelines,
      delivery,
      troubles,
      metrics: this.#metrics,
      logger: connection.logger,
    });
    for (;;) {
      const batch = await source.take(limits, signal);
      if (batch === null) return;
      await worker.work(batch);
    }
  }

  /** A stop ends the batch in work only when it takes too long. */
  async #closeLate(source: RecordSource, signal: AbortSignal, stopped: AbortSignal): Promise<void> {
    const { stopTimeoutMs = STOP_TIMEOUT_MS, connection } = this.#options;
    try {
      await aborted(AbortSignal.any([signal, stopped]));
      await delay(stopTimeoutMs, stopped);
    } catch {
      return;
    }
    connection.logger.warn(
      { stopTimeoutMs },
      "The batch in work took too long for the stop; it will be delivered again.",
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
