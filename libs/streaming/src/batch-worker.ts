import { performance } from "node:perf_hooks";
import { AssignmentEndedError } from "./assignment.js";
import type { BatchRun, Retry } from "./batch-run.js";
import type { Delivery, Letter } from "./delivery.js";
import type { Logger } from "./logger.js";
import type { OutgoingRecord } from "./message.js";
import type { StreamMetrics } from "./metrics.js";
import type { Pipeline } from "./pipeline.js";
import type { RecordBatch } from "./record-source.js";
import type { ConsumedRecord } from "./record.js";
import { retrying } from "./retry.js";
import type { Troubles } from "./troubles.js";

export interface BatchWorkerOptions {
  readonly group: string;
  readonly pipelines: ReadonlyMap<string, Pipeline>;
  readonly delivery: Delivery;
  readonly troubles: Troubles;
  readonly metrics: StreamMetrics;
  readonly logger: Logger;
}

/**
 * Brings one batch from its records to its commit: operators and sinks, then what is to be produced, then dead
 * letters, then the offsets. Each step begins when the one before is durable.
 */
export class BatchWorker {
  readonly #options: BatchWorkerOptions;

  constructor(options: BatchWorkerOptions) {
    this.#options = options;
  }

  /** Resolves when the batch is committed, or given up because its partitions are lost. @throws what ends the application. */
  async work(batch: RecordBatch): Promise<void> {
    const { group, metrics, logger } = this.#options;
    const started = performance.now();
    metrics.batchMessages.observe({ group }, batch.records.length);
    try {
      await this.#checkpoint(batch);
      metrics.batchSeconds.observe({ group }, (performance.now() - started) / 1000);
    } catch (error) {
      if (!(error instanceof AssignmentEndedError)) throw error;
      logger.info({ group, messages: batch.records.length }, `A batch is given up: ${error.message}`);
    }
  }

  async #checkpoint(batch: RecordBatch): Promise<void> {
    const { group, delivery, metrics } = this.#options;
    const { gate } = batch.context;
    const retry = this.#retry(batch);
    const outputs = new Map<OutgoingRecord, ConsumedRecord>();
    const letters = new Map<ConsumedRecord, Letter>();
    const poison = (source: ConsumedRecord, error: Error, attempts: number, value = source.value) => {
      const { key, headers } = source;
      letters.set(source, { origin: source, key, value, headers, error, attempts });
    };

    await this.#process(batch, {
      context: batch.context,
      retry,
      emit: (record, source) => outputs.set(record, source),
      poison,
    });
    await delivery.deliver([...outputs.keys()], { retry, gate }, (record, error) => {
      const source = outputs.get(record);
      if (source !== undefined) poison(source, error, 1, null);
    });
    await delivery.bury([...letters.values()], { retry, gate });

    const commitStarted = performance.now();
    await retry("commit", () => batch.commit());
    metrics.commitSeconds.observe({ group }, (performance.now() - commitStarted) / 1000);
  }

  async #process({ records }: RecordBatch, run: BatchRun): Promise<void> {
    const { group, metrics, pipelines } = this.#options;
    for (const [topic, ofTopic] of byTopic(records)) {
      metrics.consumed.inc({ group, topic }, ofTopic.length);
      await pipelines.get(topic)?.process(ofTopic, run);
    }
  }

  #retry(batch: RecordBatch): Retry {
    const { troubles } = this.#options;
    return async (stage, work) => {
      try {
        const result = await retrying(work, {
          signal: batch.context.signal,
          unfenced: () => batch.unfenced(),
          onFailure: (error, attempt, delayMs) => troubles.failed({ stage, error, attempt, delayMs }),
        });
        troubles.over(stage);
        return result;
      } finally {
        troubles.forget(stage);
      }
    };
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
