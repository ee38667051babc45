import type { BatchRun } from "@freshet/streaming/batches/batch-run";
import type { Pipeline } from "@freshet/streaming/frames/pipeline";
import type { ConsumedRecord } from "@freshet/streaming/record";
import { DeclaredTopology } from "@freshet/streaming/topology";
import type { CollectionFeatures } from "@freshet/vector-stores/collection-spec";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { embeddingsInput } from "@freshet/vector-sink/embeddings-input";
import { SinkMetrics } from "@freshet/vector-sink/sink-metrics";
import { addStorePipeline } from "@freshet/vector-sink/store-pipeline";
import { StoreSink } from "@freshet/vector-sink/store-sink";
import { Registry } from "prom-client";
import { slices } from "@freshet/vector-stores/slices";

export interface SinkPathOptions {
  readonly store: VectorStore;
  readonly index: string;
  readonly features: CollectionFeatures;
}

/** Nothing is lost here, so nothing is fenced, tried again or set aside. */
const RUN: BatchRun = {
  context: { gate: { check: () => undefined }, signal: new AbortController().signal },
  retry: async (_, work) => work(1),
  emit: () => undefined,
  poison: (_, error) => {
    throw error;
  },
};

/** All that the sink's process does with a record between the broker's answer and the commit of its offset. */
export class SinkPath {
  readonly #pipeline: Pipeline;

  constructor({ store, index, features }: SinkPathOptions) {
    const topology = new DeclaredTopology();
    const metrics = new SinkMetrics(new Registry());
    const sink = new StoreSink({ index, storeName: "main", store, features, metrics, onApplied: () => undefined });
    addStorePipeline(topology, embeddingsInput(index), sink);
    const [pipeline] = topology.pipelines.values();
    if (!pipeline) throw new Error("The sink reads no topic.");
    this.#pipeline = pipeline;
  }

  /**
   * A backlog: full batches, each of one partition. Of each partition one is on its way at a time, and as many
   * partitions as the sink works on at once.
   */
  async write(records: readonly ConsumedRecord[]): Promise<void> {
    const partitions = new Set(records.map(({ partition }) => partition));
    const { maxItems } = this.#pipeline.limits();
    await Promise.all(
      [...partitions].map(async (partition) => {
        const own = records.filter((record) => record.partition === partition);
        for (const batch of slices(own, maxItems)) await this.#pipeline.process(batch, RUN);
      }),
    );
  }
}
