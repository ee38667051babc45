import { join } from "node:path";
import type { Service, ServiceContext } from "@freshet/process/run-service";
import { CONTROL_TOPICS, deadLetterTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { isEmbedded } from "@freshet/vector-stores/embedded-store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { AppliedMarks } from "./applied-marks.js";
import { addEmbeddedStoreMetrics } from "./embedded-store-metrics.js";
import type { IndexSink } from "./index-sink.js";
import { closeStores, openStores } from "./open-stores.js";
import { rereadForRestored } from "./restored-stores.js";
import { RowSummary } from "./row-summary.js";
import { RowTotals } from "./row-totals.js";
import { sinkApplications } from "./sink-applications.js";
import { SinkMetrics } from "./sink-metrics.js";
import { addStoreEndpoint } from "./store-endpoint.js";

const STATE_TIMEOUT_MS = 60_000;

export type SinkContext = Omit<ServiceContext, "signal">;

/** Brings embedded documents into every store of every index, and lets others read the stores that only it can open. */
export class VectorSink implements Service {
  readonly #stores: ReadonlyMap<string, VectorStore>;
  readonly #marks: AppliedMarks;
  readonly #summary: RowSummary;
  readonly #applications: readonly IndexSink[];
  readonly #prepare: (signal: AbortSignal) => Promise<void>;

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
    const totals = new RowTotals();
    this.#stores = stores;
    this.#prepare = (signal) => rereadForRestored({ configuration, stores, connection, signal });
    this.#summary = new RowSummary(logger);
    this.#marks = new AppliedMarks({
      logger,
      totals,
      open: async () => {
        await ensureControlTopics(connection);
        const states = await openStates(connection);
        try {
          return { states, channel: await openDeliveryChannel({ connection, deadLetterTopic, registry }) };
        } catch (error) {
          await states?.close();
          throw error;
        }
      },
    });
    this.#applications = sinkApplications({
      configuration,
      stores,
      connection,
      sessionTimeoutMs,
      registry,
      metrics: new SinkMetrics(registry),
      marks: this.#marks,
      totals,
      summary: this.#summary,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const applied = new AbortController();
    const published = Promise.all([this.#marks.run(applied.signal), this.#summary.run(applied.signal)]);
    try {
      await this.#prepare(signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
      await this.#runAll(signal);
    } finally {
      applied.abort();
      await published;
      await closeStores(this.#stores);
    }
  }

  readiness(): ReturnType<Service["readiness"]> {
    const states = this.#applications.map((application) => application.readiness());
    return states.find(({ ready }) => !ready) ?? { ready: true };
  }

  /** One application that fails stops the others. */
  async #runAll(signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const runs = this.#applications.map(async (application) => {
      try {
        await application.run(stop);
      } finally {
        failed.abort();
      }
    });
    for (const result of await Promise.allSettled(runs)) if (result.status === "rejected") throw result.reason;
  }
}

async function ensureControlTopics(connection: KafkaConnection): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  try {
    for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
  } finally {
    await admin.close();
  }
}

/** Null when this client may not read it. */
async function openStates(connection: KafkaConnection): Promise<CompactedTopic | null> {
  const signal = AbortSignal.timeout(STATE_TIMEOUT_MS);
  try {
    return await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    connection.logger.warn({ reason: error.message }, "`freshet status` gets no counts of rows from this process.");
    return null;
  }
}
