import { tightest } from "../batches/batch-limits.js";
import type { BatchRun } from "../batches/batch-run.js";
import { type PipelineNeeds, StreamingDataFrame } from "./dataframe.js";
import { eachItem } from "./each-item.js";
import { type Item, PipelineRun, type Stage, branch } from "./pipeline-run.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchOptions } from "../sink.js";
import type { Topic } from "../topic.js";
import { BatchTrace } from "../tracing/tracing-batch.js";

/** One input topic and everything that is done to its records. Knows no broker. */
export interface Pipeline {
  readonly input: string;
  readonly outputs: ReadonlySet<string>;
  limits(): BatchOptions;
  /** Resolves when every sink has written; what is to be produced lies in the run. */
  process(records: readonly ConsumedRecord[], run: BatchRun): Promise<void>;
}

export function createPipeline<K, V>(topic: Topic<K, V>): { pipeline: Pipeline; frame: StreamingDataFrame<K, V> } {
  const needs: PipelineNeeds = { limits: [], produced: [] };
  const onward: Stage<Item<K, V>>[] = [];
  const frame = new StreamingDataFrame<K, V>(needs, onward);
  const pipeline: Pipeline = {
    input: topic.name,
    get outputs() {
      return new Set(needs.produced);
    },
    limits: () => tightest(needs.limits),
    process(records, outer) {
      const trace = new BatchTrace({ topic: topic.name, group: outer.group, records });
      return trace.run(async () => {
        const run = new PipelineRun(outer, { trace, merges: pipeline.outputs.size < needs.produced.length });
        const decoded = await eachItem(records, run, {
          stage: "decode",
          sourceOf: (record) => record,
          work: (record) => decode(topic, record),
        });
        const items = decoded.map(({ item, result }) => ({ source: item, message: result, way: [] }));
        await branch(onward, items, run);
        run.end();
      });
    },
  };
  return { pipeline, frame };
}

export function decode<K, V>({ key, value }: Topic<K, V>, record: ConsumedRecord) {
  const { topic, partition, offset, headers, timestamp } = record;
  return {
    key: key.decode(record.key, record),
    value: value.decode(record.value, record),
    headers,
    timestamp,
    topic,
    partition,
    offset,
  };
}
