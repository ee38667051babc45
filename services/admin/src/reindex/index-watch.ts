import { isDeepStrictEqual } from "node:util";
import { changeGenerations } from "@freshet/generations/change-generations";
import { GenerationsFeed } from "@freshet/generations/generations-feed";
import {
  documentsTopicOf,
  sinkGroupOf,
  transformerGroupOf,
  type RunningGeneration,
} from "@freshet/generations/running-generation";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { inputTopic } from "@freshet/schemas/topics";
import { delay } from "@freshet/streaming/back-off";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import type { VerifyContext } from "../verify/comparison.js";
import { nextNumber } from "./next-number.js";
import type { StoreAway, StoreSeen } from "./next-step.js";
import { readingProgress, type PassageProgress, type ReadingProgress } from "./reading-progress.js";
import { StoreWatch, type StoredGenerations } from "./store-watch.js";

const CATCH_UP_MS = 50;

/** An index's record, stores, groups and topics, to be looked at again and again. */
export class IndexWatch {
  readonly index: string;
  readonly admin: TopicAdmin;
  readonly #context: VerifyContext;
  readonly #feed: GenerationsFeed;
  readonly #stores: readonly StoreWatch[];

  private constructor(context: VerifyContext, index: string, parts: { feed: GenerationsFeed; admin: TopicAdmin }) {
    this.index = index;
    this.admin = parts.admin;
    this.#context = context;
    this.#feed = parts.feed;
    const { configuration, environment } = context;
    this.#stores = this.storeNames.map((name) => new StoreWatch({ index, name, configuration, environment }));
  }

  /** @throws {RetriableError} no broker answers. @throws {FatalError} it may not be read. */
  static async open(context: VerifyContext, index: string): Promise<IndexWatch> {
    const admin = await connectTopicAdmin(context.connection);
    try {
      return new IndexWatch(context, index, { feed: await GenerationsFeed.open(context), admin });
    } catch (error) {
      await admin.close();
      throw error;
    }
  }

  get storeNames(): readonly string[] {
    return this.#context.configuration.indexes[this.index]?.stores ?? [];
  }

  /** @throws {FatalError} when it can't be read: it may be of a newer version. */
  state(): GenerationsState | undefined {
    // Reads the definitions too.
    this.#feed.running();
    return this.#feed.state(this.index);
  }

  /** @throws {FatalError} when the record can't be read. */
  generation(wanted: number): RunningGeneration | undefined {
    return this.#feed.running().find(({ index, number }) => index === this.index && number === wanted);
  }

  /**
   * Writes a state in the place of another one. Whoever else changed the record meanwhile is heard: nothing is written then.
   *
   * @returns whether it was written. @throws {RetriableError} no broker answers. @throws {FatalError} it may not be written.
   */
  async change(from: GenerationsState, to: GenerationsState): Promise<boolean> {
    const written = await changeGenerations(this.index, this.#context, (now) =>
      isDeepStrictEqual(now, from) ? to : null,
    );
    // What is written comes back a little later; before that, what was before would be taken for what is.
    while (isDeepStrictEqual(this.state(), from)) await delay(CATCH_UP_MS, this.#context.signal);
    return isDeepStrictEqual(written, to);
  }

  /** @throws what a store throws that is no passing trouble. */
  lookAtStores(): Promise<readonly (StoreSeen | StoreAway)[]> {
    const numbers = (this.state()?.generations ?? []).map(({ number }) => number);
    return Promise.all(this.#stores.map((store) => store.look(numbers)));
  }

  /**
   * For one more generation.
   *
   * @throws {StoreUnavailableError} when a store can't be looked at, and it may have generations that the record has lost.
   * @throws {RetriableError} no broker answers.
   */
  async nextNumber(state: GenerationsState): Promise<number> {
    const stored = await this.stored().catch((error: unknown) => {
      // A record that was lost has begun at 1 again; its first number since then lies above what all stores had.
      if (state.last > 1 && error instanceof StoreUnavailableError) return { all: [] };
      throw error;
    });
    const topics = new Set(await this.admin.topicNames());
    const indexes = Object.keys(this.#context.configuration.indexes);
    return nextNumber(state, { indexes, stored: stored.all, topics });
  }

  /** In all stores, whatever the record says. @throws {StoreUnavailableError} when one can't be looked at. */
  async stored(): Promise<StoredGenerations> {
    const stored = await Promise.all(this.#stores.map((store) => store.stored()));
    return { all: stored.flatMap(({ all }) => all), answering: stored.flatMap(({ answering }) => answering) };
  }

  /** @throws {RetriableError} no broker answers. */
  async progressOf(generation: RunningGeneration): Promise<PassageProgress> {
    const documents = documentsTopicOf(generation);
    const input = inputTopic(generation.settings, this.#context.configuration.source.tables);
    const transformer = await this.#reading("the embedding-transformer", transformerGroupOf(generation), input);
    const sinks: ReadingProgress[] = [];
    for (const store of this.storeNames) {
      sinks.push(await this.#reading(`the vector-sink of ${store}`, sinkGroupOf(store, generation), documents));
    }
    return { transformer, sinks };
  }

  async close(): Promise<void> {
    await Promise.all([this.#feed.close(), this.admin.close(), ...this.#stores.map((store) => store.close())]);
  }

  async #reading(who: string, group: string, topic: string): Promise<ReadingProgress> {
    const progress = await this.admin.groupProgress(group, [topic]);
    return readingProgress(who, progress, await this.admin.topicOffsets(topic));
  }
}
