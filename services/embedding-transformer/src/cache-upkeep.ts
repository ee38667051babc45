import type { ServiceContext } from "@freshet/process/run-service";
import { CONTROL_TOPICS, deadLetterTopic, embeddingsTopic } from "@freshet/schemas/topics";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { retrying } from "@freshet/streaming/retry";
import { within } from "@freshet/streaming/within";
import { CacheWarming } from "./cache-warming.js";
import type { Embedders } from "./embedders.js";
import type { Metrics } from "./metrics.js";
import { readUsage, sumOf } from "./usage.js";
import { UsageReport } from "./usage-report.js";

export interface UpkeepOptions extends Pick<ServiceContext, "configuration" | "logger" | "registry"> {
  readonly connection: KafkaConnection;
  readonly embedders: Embedders;
  readonly metrics: Metrics;
}

export interface WorkOptions {
  readonly signal: AbortSignal;
  /** Called with what is being waited for. */
  readonly onWaiting: (reason: string) => void;
}

const PASS_OVER_MS = 3_000;

/** What the cache needs before, during and after the indexes' work. */
export class CacheUpkeep {
  readonly #options: UpkeepOptions;
  readonly #indexes: readonly string[];
  readonly #warming: CacheWarming;
  readonly #report: UsageReport;

  constructor(options: UpkeepOptions) {
    const { configuration, connection, embedders, logger, metrics, registry } = options;
    const { cache, models } = embedders;
    this.#options = options;
    this.#indexes = Object.keys(configuration.indexes);
    this.#warming = new CacheWarming({ connection, cache, models });
    this.#report = new UsageReport({
      indexes: this.#indexes,
      count: (index) => readUsage(metrics, index),
      notes: cache.notes,
      logger,
      open: async () => {
        const admin = await connectTopicAdmin(connection);
        try {
          for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
        } finally {
          await admin.close();
        }
        return openDeliveryChannel({ connection, deadLetterTopic, registry });
      },
    });
  }

  /**
   * The work begins when the cache knows what the indexes' topics hold: otherwise texts of one index would be paid for
   * while another one's topic, still to be read, has them.
   */
  async during(work: () => Promise<void>, { signal, onWaiting }: WorkOptions): Promise<void> {
    for (const index of this.#indexes) await this.#fill(embeddingsTopic(index), { signal, onWaiting });
    if (signal.aborted) return;
    const worked = new AbortController();
    const reported = this.#report.run(worked.signal);
    try {
      await work();
      for (const index of this.#indexes) await this.#passOver(index);
    } finally {
      worked.abort();
      await reported;
    }
  }

  async #fill(topic: string, { signal, onWaiting }: WorkOptions): Promise<void> {
    const { logger } = this.#options;
    const waiting = (share: number) =>
      onWaiting(`the cache is being filled from ${topic} (${Math.floor(share * 100)} %)`);
    const onFailure = ({ message }: Error) => {
      logger.warn({ topic }, message);
      onWaiting(message);
    };
    waiting(0);
    try {
      await retrying(() => this.#warming.fill(topic, { signal, onProgress: waiting }), { signal, onFailure });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof FatalError)) throw error;
      logger.warn(
        { topic, reason: error.message },
        "The cache isn't filled from the topic; texts may be paid for again.",
      );
    }
  }

  async #passOver(index: string): Promise<void> {
    const { logger, metrics } = this.#options;
    const topic = embeddingsTopic(index);
    try {
      await within(PASS_OVER_MS, this.#warming.passOver(topic, await sumOf(metrics.documents, { index })));
    } catch (error) {
      logger.debug({ topic, error }, "The next start reads again what this one has written.");
    }
  }
}
