import { documentRules } from "@freshet/documents/document-rules";
import { GenerationsFeed } from "@freshet/generations/generations-feed";
import { supervise } from "@freshet/generations/supervise";
import type { Service, ServiceContext } from "@freshet/process/run-service";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { retrying } from "@freshet/streaming/retry";
import { runBatch } from "./batch/run-batch.js";
import { CacheUpkeep } from "./cache-upkeep.js";
import { Embedders } from "./embedders.js";
import { GenerationRuns } from "./generation-runs.js";
import { IndexRecords } from "./index-records.js";
import { addDefinitionMetric, createMetrics, type Metrics } from "./metrics.js";
import { openStateChannel } from "./state-records.js";
import { readUsage } from "./usage.js";
import { UsageReport } from "./usage-report.js";

type Context = Pick<ServiceContext, "configuration" | "environment" | "logger" | "registry">;
type Readiness = ReturnType<Service["readiness"]>;
type Part = (signal: AbortSignal) => Promise<void>;

/** Each generation of an index has a consumer group of its own: none waits for another, and a new one reads all rows. */
export class EmbeddingTransformer implements Service {
  readonly #context: Context;
  readonly #connection: KafkaConnection;
  readonly #metrics: Metrics;
  #readiness: () => Readiness = () => ({ ready: false, reason: "starting" });

  /** @throws {FatalError} when an index's template or condition can't be parsed. */
  constructor(context: Context) {
    this.#context = context;
    this.#connection = { ...context.environment.kafka, logger: context.logger };
    this.#metrics = createMetrics(context.registry);
    for (const [name, settings] of Object.entries(context.configuration.indexes)) documentRules(name, settings);
  }

  readiness(): Readiness {
    return this.#readiness();
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      const feed = await this.#openFeed(signal);
      await this.#runRecorded(feed, signal).finally(() => feed.close());
    } catch (error) {
      // Whatever was being waited for has ended by that.
      if (!signal.aborted || error instanceof FatalError) throw error;
    }
  }

  async #runRecorded(feed: GenerationsFeed, signal: AbortSignal): Promise<void> {
    const [{ configuration, registry }, connection] = [this.#context, this.#connection];
    const onFailure = this.#onWaiting;
    const records = new IndexRecords({ configuration, connection, feed, registry, signal, onFailure });
    await records.start().catch(explain);
    addDefinitionMetric(registry, () => records.changed());
    const embedders = await Embedders.open({ ...this.#context, metrics: this.#metrics });
    try {
      await this.#runAll(feed, embedders, signal);
    } finally {
      await embedders.close();
    }
  }

  async #runAll(feed: GenerationsFeed, embedders: Embedders, signal: AbortSignal): Promise<void> {
    const [{ logger, registry, environment, configuration }, connection] = [this.#context, this.#connection];
    const common = { ...this.#context, connection, metrics: this.#metrics, embedders, feed, signal };
    const upkeep = new CacheUpkeep({ connection, cache: embedders.cache, logger, signal });
    const runs = new GenerationRuns({ ...common, upkeep });
    this.#readiness = () => runs.readiness();
    const indexes = Object.keys(configuration.indexes);
    const batch: Part = async (stop) => {
      if (environment.grpc === undefined) return;
      const serving = () => runs.serving();
      await runBatch({ ...environment.grpc, indexes, serving, connection, registry }, stop);
    };
    const wanted = () => {
      const documents = [...runs.wanted()].map(([name, one]): [string, Part] => [name, (stop) => runs.run(one, stop)]);
      return new Map([...documents, ["batch calls", batch]]);
    };
    const ended = new AbortController();
    const reported = this.#report(embedders, indexes).run(ended.signal);
    try {
      await supervise({ wanted, run: (part, stop) => part(stop), signal });
    } finally {
      ended.abort();
      await reported;
    }
  }

  #report({ cache: { notes } }: Embedders, indexes: readonly string[]): UsageReport {
    const [{ logger, registry }, connection] = [this.#context, this.#connection];
    const count = (index: string) => readUsage(this.#metrics, index);
    return new UsageReport({ indexes, count, notes, logger, open: () => openStateChannel({ connection, registry }) });
  }

  #openFeed(signal: AbortSignal): Promise<GenerationsFeed> {
    const [{ configuration }, connection] = [this.#context, this.#connection];
    const open = () => GenerationsFeed.open({ configuration, connection, signal });
    return retrying(open, { signal, onFailure: this.#onWaiting }).catch(explain);
  }

  readonly #onWaiting = ({ message }: Error): void => {
    this.#context.logger.warn({ topic: STATE_TOPIC }, message);
    this.#readiness = () => ({ ready: false, reason: message });
  };
}

/** A new configuration would be mixed with an old one in the same documents, unseen. */
function explain(error: unknown): never {
  if (!(error instanceof FatalError)) throw error;
  throw new FatalError(
    `What each index was built with is kept in topic ${STATE_TOPIC}, without which none can run. ${error.message}`,
    {
      cause: error,
    },
  );
}
