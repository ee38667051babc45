import { setTimeout as delay } from "node:timers/promises";
import type { RunningGeneration } from "@freshet/generations/running-generation";
import type { ModelIdentity } from "@freshet/schemas/embedded-document";
import type { Application } from "@freshet/streaming/application";
import { RetriableError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { retrying } from "@freshet/streaming/retry";
import type { CollectionSpec } from "@freshet/vector-stores/collection-spec";
import type { Filling } from "./filling.js";
import type { IndexBuild } from "./index-build.js";
import type { IndexCollection } from "./index-collection.js";
import { keepAlias, type KeepAliasOptions } from "./keep-alias.js";
import { refillIfLost } from "./refill.js";
import { toStreamError } from "./store-failure.js";

const LEARN_EVERY_MS = 2_000;

export interface IndexSinkOptions {
  readonly generation: RunningGeneration;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  /** Whether the generation answers searches now. */
  readonly serves: () => boolean;
  /** By which its documents are made, once that is known. */
  readonly model: () => ModelIdentity | undefined;
  /** Whether sinks say that they have stored rows of it there. */
  readonly hasStored: () => boolean;
  readonly collection: IndexCollection;
  readonly filling: Filling;
  readonly build: IndexBuild;
  readonly application: Application;
  readonly connection: KafkaConnection;
}

/** One generation of an index in one store, from its start to its stop. */
export class IndexSink {
  readonly #options: IndexSinkOptions;
  #waitsFor: string | undefined = "not started";
  #isPassedOver = false;

  constructor(options: IndexSinkOptions) {
    this.#options = options;
  }

  /** Whether searches depend on it, as far as is known. */
  get isNeeded(): boolean {
    return this.#options.serves() && !this.#isPassedOver;
  }

  /** Asks the store whether searches go on without it: another generation is to answer them, or does since a record was lost. */
  async isSpare(): Promise<boolean> {
    this.#isPassedOver = await this.#options.collection.isPassedOver().catch(() => false);
    return !this.isNeeded;
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
    const stop = AbortSignal.any([signal, ended.signal]);
    const results = await Promise.allSettled([
      application.run({ signal: stop }).finally(() => ended.abort()),
      this.#learn(stop).catch((error: unknown) => {
        ended.abort();
        throw error;
      }),
      keepAlias(this.#alias(), stop),
      build.run(stop),
    ]);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  #alias(): KeepAliasOptions {
    const { generation, connection, ...rest } = this.#options;
    return { ...rest, index: generation.index, generation: generation.number, logger: connection.logger };
  }

  /**
   * Gets to know the collection that others make: who doesn't know it would make a new one when it is lost, for what comes
   * from then on. Makes it when its model is known, as an index without rows is to be searched too.
   */
  async #learn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (await this.#findOrMake()) return;
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
      }
      await delay(LEARN_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The store and the broker are waited for, and others that go on with what the store has lost. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { generation, storeName: store, connection, collection, filling } = this.#options;
    const attempt = async () => {
      if (!(await this.#asked(() => collection.find()))) await refillIfLost(this.#options);
      await filling.begin();
    };
    await retrying(attempt, {
      signal,
      onFailure: ({ message }) => {
        this.#waitsFor = message;
        connection.logger.warn({ index: generation.index, store }, `${message} Trying again (start).`);
      },
    });
  }

  #findOrMake(): Promise<CollectionSpec | undefined> {
    const { collection, model } = this.#options;
    return this.#asked(async () => {
      const found = await collection.find();
      const identity = model();
      return found ?? (identity && collection.findOrMake(identity));
    });
  }

  /** @throws the store's error in the terms of the stream. */
  async #asked<T>(work: () => Promise<T>): Promise<T> {
    const { generation, storeName: store } = this.#options;
    try {
      return await work();
    } catch (error) {
      throw await toStreamError(error, { index: generation.index, store, isGone: () => Promise.resolve(false) });
    }
  }
}
