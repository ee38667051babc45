import type { EmbeddingModel } from "@freshet/embeddings/embedding-model";
import type { ServiceContext } from "@freshet/process/run-service";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { retrying } from "@freshet/streaming/retry";
import { within } from "@freshet/streaming/within";
import type { EmbeddingCache } from "@freshet/embeddings/cache/embedding-cache";
import { orAborted } from "./batch/call-stream.js";
import { CacheWarming } from "./cache-warming.js";

export interface UpkeepOptions extends Pick<ServiceContext, "logger"> {
  readonly connection: KafkaConnection;
  readonly cache: EmbeddingCache;
  /** Ends all that is under way. */
  readonly signal: AbortSignal;
}

export interface WarmOptions {
  /** Whoever it embeds for. */
  readonly model: Pick<EmbeddingModel, "identity" | "prefix">;
  readonly signal: AbortSignal;
  /** Called with what is being waited for. */
  readonly onWaiting: (reason: string) => void;
}

const PASS_OVER_MS = 3_000;

/** What the cache needs before documents are made, and after. */
export class CacheUpkeep {
  readonly #options: UpkeepOptions;
  readonly #warming: CacheWarming;
  /** By topic. */
  readonly #fills = new Map<string, Promise<void>>();
  readonly #made = new Map<string, number>();
  #last: Promise<void> = Promise.resolve();

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#warming = new CacheWarming(options);
  }

  /**
   * Resolves when the cache knows what these topics hold: otherwise texts would be paid for that one of them, still to be
   * read, has. Each is read once, one after the other.
   *
   * @throws the signal's reason.
   */
  async warm(topics: readonly string[], options: WarmOptions): Promise<void> {
    for (const topic of topics) {
      options.onWaiting(`the cache is being filled from ${topic}`);
      const filled = this.#fills.get(topic) ?? this.#last.then(() => this.#fill(topic, options));
      this.#fills.set(topic, filled);
      this.#last = filled;
      await orAborted(options.signal, filled);
    }
  }

  /** A message that this process has written to the topic. */
  made(topic: string): void {
    this.#made.set(topic, (this.#made.get(topic) ?? 0) + 1);
  }

  /** Spares the next start what this process has written itself. */
  async passOver(topic: string): Promise<void> {
    try {
      await within(PASS_OVER_MS, this.#warming.passOver(topic, this.#made.get(topic) ?? 0));
    } catch (error) {
      this.#options.logger.debug({ topic, error }, "The next start reads again what this one has written.");
    }
  }

  /** Never rejects. */
  async #fill(topic: string, { model, onWaiting }: WarmOptions): Promise<void> {
    const { logger, signal } = this.#options;
    const onProgress = (share: number) =>
      onWaiting(`the cache is being filled from ${topic} (${Math.floor(share * 100)} %)`);
    const onFailure = ({ message }: Error) => {
      logger.warn({ topic }, message);
      onWaiting(message);
    };
    try {
      await retrying(() => this.#warming.fill(topic, { model, signal, onProgress }), { signal, onFailure });
    } catch (error) {
      if (signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ topic, reason }, "The cache isn't filled from the topic; texts may be paid for again.");
    }
  }
}
