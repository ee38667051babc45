import type { Configuration } from "@freshet/process/configuration";
import { sinkGroup } from "@freshet/schemas/consumer-groups";
import { deadLetterTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import type { Registry } from "prom-client";
import type { AppliedMarks } from "./applied-marks.js";
import { addStorePipeline } from "./store-pipeline.js";
import type { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";

export interface SinkApplicationOptions {
  readonly configuration: Configuration;
  readonly stores: ReadonlyMap<string, VectorStore>;
  readonly connection: KafkaConnection;
  readonly sessionTimeoutMs: number;
  readonly registry: Registry;
  readonly metrics: SinkMetrics;
  readonly marks: AppliedMarks;
}

/** One for each store of each index, with a consumer group of its own: stores fill independently of each other. */
export function sinkApplications(options: SinkApplicationOptions): Application[] {
  const { configuration, stores, connection, sessionTimeoutMs, registry, metrics, marks } = options;
  return Object.entries(configuration.indexes).flatMap(([index, { stores: names }]) =>
    names.flatMap((storeName) => {
      const store = stores.get(storeName);
      if (!store) return [];
      const consumerGroup = sinkGroup(storeName, index);
      const application = new Application({ connection, consumerGroup, sessionTimeoutMs, registry, deadLetterTopic });
      const distance = configuration.stores[storeName]?.distance;
      const onApplied = marks.note.bind(marks);
      addStorePipeline(application, index, new StoreSink({ index, storeName, store, distance, metrics, onApplied }));
      return [application];
    }),
  );
}
