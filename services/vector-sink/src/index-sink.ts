import { setTimeout as delay } from "node:timers/promises";
import type { Application } from "@freshet/streaming/application";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { retrying } from "@freshet/streaming/retry";
import type { IndexBuild } from "./index-build.js";
import type { IndexCollection } from "./index-collection.js";
import { refillIfLost } from "./refill.js";
import { toStreamError } from "./store-failure.js";

const LEARN_EVERY_MS = 2_000;

export interface IndexSinkOptions {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly group: string;
  readonly collection: IndexCollection;
  readonly build: IndexBuild;
  readonly application: Application;
  readonly connection: KafkaConnection;
}

/** One index in one store, from its start to its stop. */
export class IndexSink {
  readonly #options: IndexSinkOptions;
  #waitsFor: string | undefined = "not started";

  constructor(options: IndexSinkOptions) {
    this.#options = options;
  }

  readiness(): ReturnType<Application["readiness"]> {
    return this.#waitsFor === undefined
      ? this.#options.application.readiness()
      : { ready: false, reason: this.#waitsFor };
  }

  /** @throws what ends the application. */
  async run(signal: AbortSignal): Promise<void> {
    const { application, build } = this.#options;
    await this.#prepare(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    this.#waitsFor = undefined;
    const ended = new AbortController();
    const beside = Promise.all([build.run(ended.signal), this.#learn(ended.signal)]);
    try {
      await application.run({ signal });
    } finally {
      ended.abort();
      await beside;
    }
  }

  /**
   * Gets to know the collection that others make: who doesn't know it would make a new one when it is lost, for what comes
   * from then on. Never rejects.
   */
  async #learn(signal: AbortSignal): Promise<void> {
    const { collection } = this.#options;
    while (!signal.aborted && !(await collection.find().catch(() => undefined))) {
      await delay(LEARN_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The store and the broker are waited for, and others that go on with what the store has lost. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { index, storeName: store, connection, collection } = this.#options;
    const hasCollection = async () => {
      try {
        return (await collection.find()) !== undefined;
      } catch (error) {
        throw await toStreamError(error, { index, store, isGone: () => Promise.resolve(false) });
      }
    };
    const attempt = async () => {
      if (!(await hasCollection())) await refillIfLost(this.#options, signal);
    };
    await retrying(attempt, {
      signal,
      onFailure: ({ message }) => {
        this.#waitsFor = message;
        connection.logger.warn({ index, store }, `${message} Trying again (start).`);
      },
    });
  }
}
