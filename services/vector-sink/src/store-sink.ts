import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";
import type { AppliedState } from "@freshet/schemas/service-state";
import type { Message } from "@freshet/streaming/message";
import { BatchItemsError } from "@freshet/streaming/errors";
import type { BatchContext, Sink } from "@freshet/streaming/sink";
import { InputRefusedError } from "@freshet/vector-stores/errors";
import type { BeforeWrite, Distance, VectorStore } from "@freshet/vector-stores/vector-store";
import { lastCommits, type Commit } from "./commits.js";
import { IndexCollection } from "./index-collection.js";
import { partsOf, type BatchPart, type ControlPart, type RowMessage } from "./plan/batch-part.js";
import { newestChanges, type RowChange } from "./plan/newest-change.js";
import { idsToRead, plan, type RowCounts } from "./plan/plan.js";
import { byMessage, refusedRows } from "./refused-rows.js";
import type { SinkMetrics } from "./sink-metrics.js";
import { toStreamError } from "./store-failure.js";

export interface StoreSinkOptions {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly store: VectorStore;
  /** Cosine unless given. */
  readonly distance?: Distance | undefined;
  readonly metrics: SinkMetrics;
  /** Told what is durable; must not throw. */
  readonly onApplied: (state: AppliedState) => void;
}

/** One index in one store. Called for one batch after the other. */
export class StoreSink implements Sink<RowKey, EmbeddedMessage> {
  readonly #options: StoreSinkOptions;
  readonly #collection: IndexCollection;

  constructor(options: StoreSinkOptions) {
    this.#options = options;
    this.#collection = new IndexCollection({ ...options, distance: options.distance ?? "cosine" });
  }

  async write(batch: readonly Message<RowKey, EmbeddedMessage>[], { gate, signal }: BatchContext): Promise<void> {
    const { index, storeName, metrics } = this.#options;
    const beforeWrite: BeforeWrite = (requestTimeoutMs) => {
      signal.throwIfAborted();
      gate.check(requestTimeoutMs);
    };
    const startedAt = performance.now();
    try {
      for (const part of partsOf(batch)) await this.#write(part, beforeWrite, signal);
    } catch (error) {
      throw toStreamError(error, { index, store: storeName });
    }
    const durableAt = Date.now();
    const { committedAt, last } = lastCommits(batch);
    metrics.batch(index, storeName, { seconds: (performance.now() - startedAt) / 1000, committedAt, durableAt });
    for (const [partition, commit] of last) this.#note(partition, commit, durableAt);
  }

  async #write(part: BatchPart, beforeWrite: BeforeWrite, signal: AbortSignal): Promise<void> {
    switch (part.kind) {
      case "rows":
        return this.#writeRows(part.messages, beforeWrite);
      case "control":
        return this.#control(part, beforeWrite, signal);
      default:
        part satisfies never;
    }
  }

  async #control({ message, partition }: ControlPart, beforeWrite: BeforeWrite, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const collection = await this.#collection.find();
    if (!collection) return;
    const { table, position } = message;
    await store.deleteOlder(collection.name, { table, partition, position }, beforeWrite);
    // The first partition's end has it done: the others' are near.
    if (message.op === "snapshot-end") await store.finishLoad(collection.name, signal);
  }

  async #writeRows(messages: readonly RowMessage[], beforeWrite: BeforeWrite): Promise<void> {
    const { index, storeName, metrics } = this.#options;
    const changes = newestChanges(messages);
    const write = (some: readonly RowChange[]) => this.#writeChanges(some, beforeWrite);
    const counts = await write(changes).catch(async (error: unknown) => {
      if (!(error instanceof InputRefusedError)) throw error;
      const refused = await refusedRows({ index, changes, write, error });
      if (refused.size === 0) throw error;
      throw new BatchItemsError(byMessage(messages, refused));
    });
    metrics.rows(index, storeName, counts);
  }

  async #writeChanges(changes: readonly RowChange[], beforeWrite: BeforeWrite): Promise<RowCounts> {
    const { index, store } = this.#options;
    let collection = await this.#collection.find();
    for (const { value } of changes) {
      if (value.op === "upsert" && value.chunks.length > 0) collection = await this.#collection.findOrMake(value.model);
    }
    const stored = collection ? await store.read(collection.name, idsToRead(index, changes)) : new Map();
    const { steps, counts } = plan({ index, changes, stored, now: Date.now() });
    for (const step of steps) if (collection) await store.apply(collection.name, step, beforeWrite);
    return counts;
  }

  #note(partition: number, { position, committedAt }: Commit, appliedAt: number): void {
    const { index, storeName: store, onApplied } = this.#options;
    onApplied({ kind: "applied", store, index, partition, position, committedAt, appliedAt });
  }
}
