import { performance } from "node:perf_hooks";
import { AssignmentEndedError } from "../assignment/assignment.js";
import { BatchResults } from "./batch-results.js";
import type { BatchRun, Retry } from "./batch-run.js";
import type { Checkpoint } from "../checkpoints/checkpoint.js";
import type { Logger } from "../logger.js";
import type { StreamMetrics } from "../metrics.js";
import type { Pipeline } from "../frames/pipeline.js";
import type { Generation, RecordBatch } from "../assignment/record-source.js";
import type { ConsumedRecord } from "../record.js";
import type { Troubles } from "../troubles.js";

export interface BatchWorkerOptions {
  readonly group: string;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly checkpoint: Checkpoint;
  readonly troubles: Troubles;
  readonly metrics: StreamMetrics;
  readonly logger: Logger;
}

/**
 * Brings one batch from its records to its checkpoint: operators and sinks, then what is to be produced, then dead
 * letters, then the offsets. Each step begins when the one before is durable.
 */
export class BatchWorker {
  readonly #options: BatchWorkerOptions;

  constructor(options: BatchWorkerOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all that was made of the batch is durable, or given up because its partitions are lost; the offsets
   * follow.
   *
   * @throws what ends the application.
   */
  async work(batch: RecordBatch): Promise<void> {
    const { group, metrics, logger, checkpoint } = this.#options;
    const started = performance.now();
    const results = new BatchResults();
    const retry = this.#retry(batch.generation);
    metrics.batchMessages.observe({ group }, batch.records.length);
    metrics.inFlightMessages.inc({ group }, batch.records.length);
    try {
      await this.#process(batch, results, retry);
      const completed = checkpoint.complete({ batch, results, retry });
      // What follows in these partitions is completed behind it.
      batch.release();
      await completed;
      metrics.batchSeconds.observe({ group }, (performance.now() - started) / 1000);
    } catch (error) {
      batch.end();
      if (!(error instanceof AssignmentEndedError)) throw error;
      logger.info({ group, messages: batch.records.length }, `A batch is given up: ${error.message}`);
    } finally {
      metrics.inFlightMessages.dec({ group }, batch.records.length);
    }
  }

  async #process({ records, generation: { context } }: RecordBatch, results: BatchResults, retry: Retry) {
    const { group, metrics, pipelines } = this.#options;
    const run: BatchRun = {
      group,
      context,
      retry,
      emit: (record, source) => results.emit(record, source),
      poison: (source, error, attempts) => results.poison(source, error, attempts),
    };
    for (const [topic, ofTopic] of byTopic(records)) {
      metrics.consumed.inc({ group, topic }, ofTopic.length);
      await pipelines.get(topic)?.process(ofTopic, run);
    }
  }

  #retry(generation: Generation): Retry {
    const { signal } = generation.context;
    const unfenced = () => generation.unfenced();
    return (stage, work) => this.#options.troubles.retrying(stage, work, { signal, unfenced });
  }
}

function byTopic(records: readonly ConsumedRecord[]): Map<string, ConsumedRecord[]> {
  const topics = new Map<string, ConsumedRecord[]>();
  for (const record of records) {
    const ofTopic = topics.get(record.topic);
    if (ofTopic === undefined) topics.set(record.topic, [record]);
    else ofTopic.push(record);
  }
  return topics;
}
