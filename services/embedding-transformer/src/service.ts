import { once } from "node:events";
import type { IndexConfiguration } from "@freshet/process/configuration";
import type { Service, ServiceContext } from "@freshet/process/run-service";
import { transformerGroup } from "@freshet/schemas/consumer-groups";
import { deadLetterTopic, embeddingsTopic, tableTopic } from "@freshet/schemas/topics";
import { Application } from "@freshet/streaming/application";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { documentRules, type DocumentRules } from "./document.js";
import { Embedders } from "./embedders.js";
import { addIndexPipeline } from "./index-pipeline.js";
import { createMetrics, type Metrics } from "./metrics.js";
import { prepareOutputTopic } from "./output-topic.js";

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

  /** @throws {FatalError} when an index's template can't be parsed. */
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
    const { configuration, environment } = this.#context;
    const stopped = once(signal, "abort").then(() => null);
    const embedders = await Promise.race([
      Embedders.open({ configuration, environment, metrics: this.#metrics }),
      signal.aborted ? null : stopped,
    ]);
    // A download that is under way ends with the process.
    if (embedders === null) return;
    await this.#runAll(embedders, signal).finally(() => embedders.close());
  }

  /** What ends one index ends them all: the others stop cleanly, then its error is thrown. */
  async #runAll(embedders: Embedders, signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    const stop = AbortSignal.any([signal, failure.signal]);
    const errors: unknown[] = [];
    const runs = this.#indexes.map((index) =>
      this.#runIndex(index, embedders, stop).catch((error: unknown) => {
        errors.push(error);
        failure.abort();
      }),
    );
    await Promise.all(runs);
    if (errors.length > 0) throw errors[0];
  }

  async #runIndex({ rules, configuration }: Index, embedders: Embedders, signal: AbortSignal): Promise<void> {
    const { index } = rules;
    const input = tableTopic(configuration.table, this.#context.configuration.source.tables);
    const output = embeddingsTopic(index);
    const onWaiting = (reason: string) => this.#waits(index, reason);
    onWaiting("its topics are being prepared");
    try {
      await prepareOutputTopic(this.#connection, { input, output, signal, onWaiting });
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
    const embedder = embedders.of(configuration.model);
    addIndexPipeline(application, { rules, input, output, embedder, metrics: this.#metrics });
    this.#readiness.set(index, () => application.readiness());
    this.#context.logger.info({ index, input, output, model: embedder.model.identity }, "index runs");
    await application.run({ signal });
  }

  #waits(index: string, reason: string): void {
    this.#readiness.set(index, () => ({ ready: false, reason: `index ${index}: ${reason}` }));
  }
}
