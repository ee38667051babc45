import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { GenerationsFeed } from "@freshet/generations/generations-feed";
import { supervise } from "@freshet/generations/supervise";
import type { Service, ServiceContext } from "@freshet/process/run-service";
import { CONTROL_TOPICS, deadLetterTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { retrying } from "@freshet/streaming/retry";
import { isEmbedded } from "@freshet/vector-stores/embedded-store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import type { Registry } from "prom-client";
import { AppliedMarks } from "./applied-marks.js";
import { addEmbeddedStoreMetrics } from "./embedded-store-metrics.js";
import { dropGeneration } from "./drop-generation.js";
import type { IndexSink } from "./index-sink.js";
import { openIndexSink, type IndexSinkContext } from "./open-index-sink.js";
import { closeStores, openStores } from "./open-stores.js";
import { rereadForRestored } from "./restored-stores.js";
import { RowSummary } from "./row-summary.js";
import { RowTotals } from "./row-totals.js";
import { SinkMetrics } from "./sink-metrics.js";
import { sinkParts, type SinkPart } from "./sink-parts.js";
import { addStoreEndpoint } from "./store-endpoint.js";

const FILL_AGAIN_MS = 15_000;

export type SinkContext = Omit<ServiceContext, "signal">;

/** Brings embedded documents into every store of every index, and lets others read the stores that only it can open. */
export class VectorSink implements Service {
  readonly #stores: ReadonlyMap<string, VectorStore>;
  readonly #options: Omit<IndexSinkContext, "feed" | "totals" | "marks" | "summary">;
  /** Those that run. */
  readonly #sinks = new Set<IndexSink>();
  #waitsFor = "not started";

  /** Adds its routes to the context's server. @throws what opening a store throws. */
  static async open(context: SinkContext): Promise<VectorSink> {
    const { configuration, environment, http, logger, registry } = context;
    const stores = await openStores(configuration, environment);
    const { apiKey, backupDirectory } = environment.stores.zvec;
    for (const [name, store] of stores) {
      const backups = backupDirectory === undefined ? undefined : join(backupDirectory, name);
      if (isEmbedded(store)) addStoreEndpoint(http, { name, store, apiKey, backups, logger });
    }
    addEmbeddedStoreMetrics(registry, stores);
    return new VectorSink(context, stores);
  }

  private constructor({ configuration, environment, logger, registry }: SinkContext, stores: Map<string, VectorStore>) {
    const { sessionTimeoutMs } = environment.kafka;
    const connection: KafkaConnection = { ...environment.kafka, logger };
    const metrics = new SinkMetrics(registry);
    this.#stores = stores;
    this.#options = { configuration, connection, sessionTimeoutMs, registry, metrics };
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#runAll(signal).catch((error: unknown) => {
        if (error !== signal.reason) throw error;
      });
    } finally {
      await closeStores(this.#stores);
    }
  }

  /** Of what searches depend on: another generation may still have to wait for its topic. */
  readiness(): ReturnType<Service["readiness"]> {
    if (this.#sinks.size === 0) return { ready: false, reason: this.#waitsFor };
    const states = [...this.#sinks].filter(({ isNeeded }) => isNeeded).map((sink) => sink.readiness());
    return states.find(({ ready }) => !ready) ?? { ready: true };
  }

  async #runAll(signal: AbortSignal): Promise<void> {
    const { configuration, connection, registry } = this.#options;
    const states = await retrying(() => openCompactedTopic({ connection, topic: STATE_TOPIC, signal }), {
      signal,
      onFailure: ({ message }) => {
        this.#waitsFor = message;
        connection.logger.warn({}, `${message} Trying again (start).`);
      },
    });
    const feed = new GenerationsFeed(configuration, states);
    const totals = new RowTotals(states.entries);
    const { logger } = connection;
    const marks = new AppliedMarks({ logger, totals, open: () => openMarksChannel(connection, registry) });
    const summary = new RowSummary(logger);
    const applied = new AbortController();
    const published = Promise.all([marks.run(applied.signal), summary.run(applied.signal)]);
    try {
      await this.#runGenerations({ ...this.#options, feed, totals, marks, summary }, signal);
    } finally {
      applied.abort();
      await published;
      await feed.close();
    }
  }

  async #runGenerations(context: IndexSinkContext, signal: AbortSignal): Promise<void> {
    const stores = this.#stores;
    const { feed, connection } = context;
    const generations = feed.running().filter(({ dropping }) => !dropping);
    await rereadForRestored({ generations, stores, connection, signal });
    await supervise({
      wanted: () => sinkParts(stores, feed.running()),
      run: (part, stop) =>
        part.generation.dropping ? dropGeneration(part, connection, stop) : this.#fill(part, context, stop),
      signal,
    });
  }

  /** What ends the filling of a generation without which searches go on doesn't end the others; it is tried again. */
  async #fill(part: SinkPart, context: IndexSinkContext, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sink = openIndexSink(part, context);
      this.#sinks.add(sink);
      try {
        await sink.run(signal);
      } catch (error) {
        if (!(await sink.isSpare())) throw error;
        const { generation, storeName: store } = part;
        const { index, number } = generation;
        const reason = error instanceof Error ? error.message : String(error);
        const place = { index, store, generation: number };
        context.connection.logger.error({ ...place, reason }, "A generation that answers no searches can't be filled.");
        await delay(FILL_AGAIN_MS, undefined, { signal }).catch(() => undefined);
      } finally {
        this.#sinks.delete(sink);
      }
    }
  }
}

/** To the state topic, which is made if need be. */
async function openMarksChannel(connection: KafkaConnection, registry: Registry): Promise<DeliveryChannel> {
  await ensureControlTopics(connection);
  return openDeliveryChannel({ connection, deadLetterTopic, registry });
}

async function ensureControlTopics(connection: KafkaConnection): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  try {
    for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
  } finally {
    await admin.close();
  }
}
