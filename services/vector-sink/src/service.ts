import type { Service, ServiceContext } from "@freshet/process/run-service";
import { CONTROL_TOPICS, deadLetterTopic } from "@freshet/schemas/topics";
import type { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { AppliedMarks } from "./applied-marks.js";
import { closeStores, openStores } from "./open-stores.js";
import { sinkApplications } from "./sink-applications.js";
import { SinkMetrics } from "./sink-metrics.js";
import { addStoreEndpoint } from "./store-endpoint.js";

export type SinkContext = Omit<ServiceContext, "signal">;

/** Brings embedded documents into every store of every index, and lets others read the stores that only it can open. */
export class VectorSink implements Service {
  readonly #stores: ReadonlyMap<string, VectorStore>;
  readonly #marks: AppliedMarks;
  readonly #applications: readonly Application[];

  /** Adds its routes to the context's server. @throws what opening a store throws. */
  static async open(context: SinkContext): Promise<VectorSink> {
    const { configuration, environment, http, logger } = context;
    const stores = await openStores(configuration, environment);
    for (const [name, store] of stores) {
      if (store.capabilities.singleProcess) addStoreEndpoint(http, { name, store, logger });
    }
    return new VectorSink(context, stores);
  }

  private constructor({ configuration, environment, logger, registry }: SinkContext, stores: Map<string, VectorStore>) {
    const { sessionTimeoutMs } = environment.kafka;
    const connection: KafkaConnection = { ...environment.kafka, logger };
    this.#stores = stores;
    this.#marks = new AppliedMarks({
      logger,
      open: async () => {
        const admin = await connectTopicAdmin(connection);
        for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
        await admin.close();
        return openDeliveryChannel({ connection, deadLetterTopic, registry });
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
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const applied = new AbortController();
    const published = this.#marks.run(applied.signal);
    try {
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
        await application.run({ signal: stop });
      } finally {
        failed.abort();
      }
    });
    for (const result of await Promise.allSettled(runs)) if (result.status === "rejected") throw result.reason;
  }
}
