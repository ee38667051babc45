import { encodeDefinition } from "@freshet/generations/definition";
import type { GenerationsFeed } from "@freshet/generations/generations-feed";
import { isOfLostRecord } from "@freshet/generations/lost-generation";
import { sinkGroupOf } from "@freshet/generations/running-generation";
import type { Configuration } from "@freshet/process/configuration";
import { featuresOf } from "@freshet/process/index-configuration";
import type { TableRows } from "@freshet/schemas/row-counts";
import { deadLetterTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { partitionedStore } from "@freshet/vector-stores/partitioned/open";
import type { Registry } from "prom-client";
import type { AppliedMarks } from "./applied-marks.js";
import { embeddingsInput } from "./embeddings-input.js";
import { Filling } from "./filling.js";
import { IndexBuild } from "./index-build.js";
import { IndexSink } from "./index-sink.js";
import type { RowSummary } from "./row-summary.js";
import type { RowTotals } from "./row-totals.js";
import type { SinkMetrics } from "./sink-metrics.js";
import type { SinkPart } from "./sink-parts.js";
import { addStorePipeline } from "./store-pipeline.js";
import { StoreSink } from "./store-sink.js";

/** While a batch is written the next one, of other partitions, is decoded and compared. */
const CONCURRENCY = 2;

export interface IndexSinkContext {
  readonly configuration: Configuration;
  readonly feed: GenerationsFeed;
  readonly connection: KafkaConnection;
  readonly sessionTimeoutMs: number;
  readonly registry: Registry;
  readonly metrics: SinkMetrics;
  readonly marks: AppliedMarks;
  readonly totals: RowTotals;
  readonly summary: RowSummary;
}

/** With a consumer group of its own: stores and generations fill independently of each other. */
export function openIndexSink(
  { generation, storeName, store: opened }: SinkPart,
  context: IndexSinkContext,
): IndexSink {
  const { configuration, feed, connection, sessionTimeoutMs, registry, metrics, marks, totals, summary } = context;
  const { index, number, documents, settings, definition } = generation;
  const store = partitionedStore(opened, settings.partitionBy);
  const serves = () => (feed.state(index)?.serving ?? 1) === number;
  const application = new Application({
    ...{ connection, consumerGroup: sinkGroupOf(storeName, generation), sessionTimeoutMs, registry, deadLetterTopic },
    concurrency: CONCURRENCY,
  });
  const filling = new Filling({ generation, storeName, connection });
  const sink = new StoreSink({
    ...{ index, storeName, store, serves, features: featuresOf(settings) },
    isFilled: () => filling.isDone(),
    isOfLostRecord: (other) => {
      const state = feed.state(index);
      // Somebody has said by then which one is to answer.
      return state?.reindex?.step !== "switching" && isOfLostRecord(state, other);
    },
    distance: definition.distances[storeName] ?? configuration.stores[storeName]?.distance,
    origin: { index, generation: number, definition: encodeDefinition(definition) },
    metrics: {
      rows: (...counted) => metrics.rows(...counted),
      // How old searches are is told by the generation that answers them; another one catches up.
      batch: (_index, _store, batch) =>
        metrics.batch(index, storeName, serves() ? batch : { ...batch, committedAt: null }),
    },
    onApplied: (state) => marks.note(state),
    onRows: (partition, tables) => {
      totals.add({ store: storeName, index, generation: number, partition }, tables);
      summary.add({ store: storeName, index, generation: number }, tables);
      build.grew(createdIn(tables));
    },
    onSnapshotEnd: (sentAt) => build.snapshotEnded(sentAt),
  });
  const { collection } = sink;
  const build = new IndexBuild({ index, storeName, store, collection, logger: connection.logger });
  addStorePipeline(application, embeddingsInput(index, documents), sink);
  const model = () => feed.model(index, documents);
  const hasStored = () => totals.hasStored({ store: storeName, index, generation: number });
  return new IndexSink({
    ...{ generation, storeName, serves, model, hasStored },
    ...{ collection, filling, build, application, connection },
  });
}

function createdIn(tables: TableRows): number {
  return Object.values(tables).reduce((sum, { created }) => sum + created, 0);
}
