import type { Configuration } from "@freshet/process/configuration";
import { featuresOf } from "@freshet/process/index-configuration";
import { sinkGroup } from "@freshet/schemas/consumer-groups";
import type { TableRows } from "@freshet/schemas/row-counts";
import { deadLetterTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { partitionedStore } from "@freshet/vector-stores/partitioned/open";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import type { Registry } from "prom-client";
import type { AppliedMarks } from "./applied-marks.js";
import { IndexBuild } from "./index-build.js";
import { IndexSink } from "./index-sink.js";
import type { RowSummary } from "./row-summary.js";
import type { RowTotals } from "./row-totals.js";
import { addStorePipeline } from "./store-pipeline.js";
import type { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";

/** While a batch is written the next one, of other partitions, is decoded and compared. */
const CONCURRENCY = 2;

export interface SinkApplicationOptions {
  readonly configuration: Configuration;
  readonly stores: ReadonlyMap<string, VectorStore>;
  readonly connection: KafkaConnection;
  readonly sessionTimeoutMs: number;
  readonly registry: Registry;
  readonly metrics: SinkMetrics;
  readonly marks: AppliedMarks;
  readonly totals: RowTotals;
  readonly summary: RowSummary;
}

/** One for each store of each index, with a consumer group of its own: stores fill independently of each other. */
export function sinkApplications(options: SinkApplicationOptions): IndexSink[] {
  const { configuration, stores, connection, sessionTimeoutMs, registry, metrics, marks, totals, summary } = options;
  return Object.entries(configuration.indexes).flatMap(([index, settings]) =>
    settings.stores.flatMap((storeName) => {
      const opened = stores.get(storeName);
      if (!opened) return [];
      const store = partitionedStore(opened, settings.partitionBy);
      const group = sinkGroup(storeName, index);
      const application = new Application({
        ...{ connection, consumerGroup: group, sessionTimeoutMs, registry, deadLetterTopic },
        concurrency: CONCURRENCY,
      });
      const sink = new StoreSink({
        ...{ index, storeName, store, metrics, features: featuresOf(settings) },
        distance: configuration.stores[storeName]?.distance,
        onApplied: (state) => marks.note(state),
        onRows: (partition, tables) => {
          totals.add({ store: storeName, index, partition }, tables);
          summary.add({ store: storeName, index }, tables);
          build.grew(createdIn(tables));
        },
        onSnapshotEnd: (sentAt) => build.snapshotEnded(sentAt),
      });
      const { collection } = sink;
      const build = new IndexBuild({ index, storeName, store, collection, logger: connection.logger });
      addStorePipeline(application, index, sink);
      return [new IndexSink({ index, storeName, group, collection, build, application, connection })];
    }),
  );
}

function createdIn(tables: TableRows): number {
  return Object.values(tables).reduce((sum, { created }) => sum + created, 0);
}
