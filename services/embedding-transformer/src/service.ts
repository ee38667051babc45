import { once } from "node:events";
import type { IndexConfiguration } from "@freshet/process/configuration";
import type { Service, ServiceContext } from "@freshet/process/run-service";
import { formatRows } from "@freshet/process/index-configuration";
import { transformerGroup } from "@freshet/schemas/consumer-groups";
import { deadLetterTopic, embeddingsTopic, inputTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { runBatch } from "./batch/run-batch.js";
import { CacheUpkeep } from "./cache-upkeep.js";
import { chunkingRules } from "./chunking-rules.js";
import { fieldCheck, tableColumnCheck } from "./column-check.js";
import { documentRules, type DocumentRules } from "@freshet/documents/document-rules";
import { Embedders } from "./embedders.js";
import { addIndexPipeline } from "./index-pipeline.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { newestColumns } from "./newest-columns.js";
import { prepareOutputTopic } from "./output-topic.js";
import { changesOf, isPlain } from "./topics.js";

type Context = Pick<ServiceContext, "configuration" | "environment" | "logger" | "registry">;
type Readiness = ReturnType<Service["readiness"]>;

interface Index {
  readonly rules: DocumentRules;
  readonly configuration: IndexConfiguration;
}

/** Each index has a consumer group of its own: none waits for another, and a new one reads its table from the start. */
export class EmbeddingTransformer implements Service {
  readonly #context: Context;
  readonly #connection: KafkaConnection;
  readonly #metrics: Metrics;
  readonly #indexes: readonly Index[];
  /** By index. */
  readonly #readiness = new Map<string, () => Readiness>();

  /** @throws {FatalError} when an index's template or condition can't be parsed. */
  constructor(context: Context) {
    this.#context = context;
    this.#connection = { ...context.environment.kafka, logger: context.logger };
    this.#metrics = createMetrics(context.registry);
    this.#indexes = Object.entries(context.configuration.indexes).map(([name, configuration]) => ({
      rules: documentRules(name, configuration),
      configuration,
    }));
    for (const { rules } of this.#indexes) this.#waits(rules.index, "its model is being loaded");
  }

  readiness(): Readiness {
    const states = [...this.#readiness.values()].map((readiness) => readiness());
    return states.find(({ ready }) => !ready) ?? { ready: true };
  }

  async run(signal: AbortSignal): Promise<void> {
    const [connection, metrics] = [this.#connection, this.#metrics];
    const onWaiting = (reason: string) => this.#indexes.forEach(({ rules }) => this.#waits(rules.index, reason));
    const stopped = once(signal, "abort").then(() => null);
    const opening = Embedders.open({ ...this.#context, metrics, signal, onWaiting });
    const embedders = await Promise.race([opening, signal.aborted ? null : stopped]).catch((error: unknown) => {
      if (signal.aborted) return null;
      throw error;
    });
    // A download that is under way ends with the process.
    if (embedders === null) return;
    const upkeep = new CacheUpkeep({ ...this.#context, connection, embedders, metrics });
    await upkeep.during(() => this.#runAll(embedders, signal), { signal, onWaiting }).finally(() => embedders.close());
  }

  /** What ends one index ends them all: the others stop cleanly, then its error is thrown. */
  async #runAll(embedders: Embedders, signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    const stop = AbortSignal.any([signal, failure.signal]);
    const errors: unknown[] = [];
    const runs = this.#indexes.map((index) => this.#runIndex(index, embedders, stop));
    runs.push(this.#runBatch(embedders, stop));
    const ended = runs.map((run) =>
      run.catch((error: unknown) => {
        errors.push(error);
        failure.abort();
      }),
    );
    await Promise.all(ended);
    if (errors.length > 0) throw errors[0];
  }

  async #runIndex({ rules, configuration }: Index, embedders: Embedders, signal: AbortSignal): Promise<void> {
    const { index } = rules;
    const embedder = embedders.of(index);
    const chunking = chunkingRules(index, configuration.chunking, embedder.model);
    const input = changesOf(inputTopic(configuration, this.#context.configuration.source.tables), configuration);
    const output = embeddingsTopic(index);
    const onWaiting = (reason: string) => this.#waits(index, reason);
    onWaiting("its topics are being prepared");
    try {
      await prepareOutputTopic(this.#connection, { input: input.name, output, signal, onWaiting });
    } catch (error) {
      if (signal.aborted && !(error instanceof FatalError)) return;
      throw error;
    }
    const application = new Application({
      connection: this.#connection,
      consumerGroup: transformerGroup(index),
      sessionTimeoutMs: this.#context.environment.kafka.sessionTimeoutMs,
      registry: this.#context.registry,
      deadLetterTopic,
    });
    const columnCheck = isPlain(configuration)
      ? fieldCheck(rules)
      : tableColumnCheck(rules, newestColumns(this.#connection, input));
    const metrics = this.#metrics;
    addIndexPipeline(application, { rules, input, output, columnCheck, chunking, embedder, metrics });
    this.#readiness.set(index, () => application.readiness());
    this.#context.logger.info({ index, input: input.name, output, model: embedder.model.identity }, "index runs");
    await application.run({ signal });
  }

  async #runBatch(embedders: Embedders, signal: AbortSignal): Promise<void> {
    const { environment, registry } = this.#context;
    if (environment.grpc === undefined) return;
    const indexes = this.#indexes.map(({ rules: { index }, configuration }) => ({
      name: index,
      topic: embeddingsTopic(index),
      table: formatRows(configuration),
      embedder: embedders.of(index),
    }));
    await runBatch({ ...environment.grpc, indexes, connection: this.#connection, registry }, signal);
  }

  #waits(index: string, reason: string): void {
    this.#readiness.set(index, () => ({ ready: false, reason: `index ${index}: ${reason}` }));
  }
}
