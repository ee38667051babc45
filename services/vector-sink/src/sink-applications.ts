import type { Configuration } from "@freshet/process/configuration";
import { sinkGroup } from "@freshet/schemas/consumer-groups";
import { deadLetterTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { BatchOptions } from "@freshet/streaming/sink";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import type { Registry } from "prom-client";
import type { AppliedMarks } from "./applied-marks.js";
import { embeddingsInput } from "./embeddings-input.js";
import type { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";

/** A store reads and writes a thousand points in one go; a quiet topic's message waits for no other. */
const BATCH: BatchOptions = { maxItems: 1000, maxBytes: 8 * 1024 * 1024, maxWaitMs: 5 };

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
      const onApplied = marks.note.bind(marks);
      application
        .dataframe(embeddingsInput(index))
        .sink(new StoreSink({ index, storeName, store, metrics, onApplied }), BATCH);
      return [application];
    }),
  );
}
