import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { TableRows } from "@freshet/schemas/row-counts";
import type { RowKey } from "@freshet/schemas/row-key";
import type { AppliedState } from "@freshet/schemas/service-state";
import type { Message } from "@freshet/streaming/message";
import { BatchItemsError } from "@freshet/streaming/errors";
import type { BatchContext, Sink } from "@freshet/streaming/sink";
import { InputRefusedError } from "@freshet/vector-stores/errors";
import {
  NO_FEATURES,
  type CollectionFeatures,
  type CollectionOrigin,
  type Distance,
} from "@freshet/vector-stores/collection-spec";
import type { BeforeWrite, VectorStore } from "@freshet/vector-stores/vector-store";
import { lastCommits, type Commit } from "./commits.js";
import { IndexCollection } from "./index-collection.js";
import { partsOf, type BatchPart, type ControlPart, type RowMessage } from "./plan/batch-part.js";
import { newestChanges, type RowChange } from "./plan/newest-change.js";
import { countRows, type RowOutcome } from "./plan/row-outcome.js";
import { byMessage, refusedRows } from "./refused-rows.js";
import { RowWriter } from "./row-writer.js";
import type { SinkMetrics } from "./sink-metrics.js";
import { toStreamError } from "./store-failure.js";
import { UnfinishedRows } from "./unfinished-rows.js";

export interface StoreSinkOptions {
  readonly index: string;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  readonly store: VectorStore;
  /** Cosine unless given. */
  readonly distance?: Distance | undefined;
  /** None unless given. */
  readonly features?: CollectionFeatures | undefined;
  /** The first generation unless given. */
  readonly origin?: CollectionOrigin | undefined;
  /** Whether the index's alias is to name the collection; it is unless given. */
  readonly serves?: (() => boolean) | undefined;
  /** Whether the collection has what it is to have before it takes the alias from another one; it has unless given. */
  readonly isFilled?: (() => Promise<boolean>) | undefined;
  /** Whether a generation of the index is of a record that was lost; none is unless given. */
  readonly isOfLostRecord?: ((generation: number) => boolean) | undefined;
  readonly metrics: Pick<SinkMetrics, "rows" | "batch">;
  /** Told what is durable; must not throw. */
  readonly onApplied: (state: AppliedState) => void;
  /** Told what became of a partition's rows, when the store has them or they are given up; must not throw. */
  readonly onRows?: (partition: number, tables: TableRows) => void;
  /** Told when the end of a snapshot is carried out, with when it came into the topic; must not throw. */
  readonly onSnapshotEnd?: (sentAt: number) => void;
}

/** One batch on its way. */
interface Writing {
  readonly beforeWrite: BeforeWrite;
  readonly signal: AbortSignal;
  /** What became of its rows so far. */
  readonly outcomes: RowOutcome[];
}

/** One generation of an index in one store. May be called for several batches at a time when they are of different partitions. */
export class StoreSink implements Sink<RowKey, EmbeddedMessage> {
  readonly collection: IndexCollection;
  readonly #options: StoreSinkOptions;
  readonly #generation: number;
  readonly #rows: RowWriter;
  readonly #unfinished = new UnfinishedRows();

  constructor(options: StoreSinkOptions) {
    const { distance = "cosine", features = NO_FEATURES, serves = () => true, index } = options;
    const { origin = { index, generation: 1, definition: null }, isFilled = () => Promise.resolve(true) } = options;
    const { isOfLostRecord = () => false } = options;
    this.#options = options;
    this.#generation = origin.generation;
    this.collection = new IndexCollection({ ...options, distance, features, serves, isFilled, isOfLostRecord, origin });
    this.#rows = new RowWriter({ ...options, collection: this.collection });
  }

  async write(batch: readonly Message<RowKey, EmbeddedMessage>[], { gate, signal }: BatchContext): Promise<void> {
    const { index, storeName, metrics } = this.#options;
    const beforeWrite: BeforeWrite = (requestTimeoutMs) => {
      signal.throwIfAborted();
      gate.check(requestTimeoutMs);
    };
    const writing: Writing = { beforeWrite, signal, outcomes: [] };
    const startedAt = performance.now();
    try {
      for (const part of partsOf(batch)) await this.#write(part, writing);
    } catch (error) {
      throw signal.aborted ? error : await this.#explained(error);
    }
    this.#count(signal, writing.outcomes);
    const durableAt = Date.now();
    const { committedAt, last } = lastCommits(batch);
    metrics.batch(index, storeName, { seconds: (performance.now() - startedAt) / 1000, committedAt, durableAt });
    for (const [partition, commit] of last) this.#note(partition, commit, durableAt);
    const ended = batch.find(({ value }) => value.op === "snapshot-end");
    if (ended) this.#options.onSnapshotEnd?.(ended.timestamp);
  }

  async #write(part: BatchPart, writing: Writing): Promise<void> {
    switch (part.kind) {
      case "rows":
        return this.#writeRows(part.messages, writing);
      case "control":
        return this.#control(part, writing);
      default:
        part satisfies never;
    }
  }

  async #control({ message, partition }: ControlPart, { beforeWrite, signal, outcomes }: Writing): Promise<void> {
    this.#unfinished.keep(signal, outcomes);
    const collection = await this.collection.find();
    if (!collection) return;
    const { table, position } = message;
    await this.#options.store.deleteOlder(collection.name, { table, partition, position }, beforeWrite);
  }

  async #writeRows(messages: readonly RowMessage[], { beforeWrite, signal, outcomes }: Writing): Promise<void> {
    const changes = newestChanges(this.#options.index, messages);
    const onPlanned = (outcome: RowOutcome) => outcomes.push(this.#unfinished.plan(signal, outcome));
    const write = (some: readonly RowChange[]) =>
      this.#rows.write(some, { beforeWrite, onPlanned }).catch((error: unknown) => {
        this.#unfinished.keep(signal, outcomes);
        throw error;
      });
    try {
      await write(changes);
    } catch (error) {
      if (!(error instanceof InputRefusedError) || (await this.collection.isGone())) throw error;
      const refused = await refusedRows({ changes, write, error });
      if (refused.size === 0) return;
      this.#count(signal, failed(outcomes, refused));
      throw new BatchItemsError(byMessage(messages, refused));
    }
  }

  /** Rows that a part of the batch wrote twice, such as those around a refused one, count once. */
  #count(signal: AbortSignal, outcomes: readonly RowOutcome[]): void {
    const { index, storeName, metrics, onRows } = this.#options;
    this.#unfinished.finish(signal, outcomes);
    for (const [partition, tables] of countRows(new Set(outcomes))) {
      metrics.rows(index, storeName, tables);
      onRows?.(partition, tables);
    }
  }

  async #explained(error: unknown): Promise<Error> {
    const { index, storeName: store } = this.#options;
    return toStreamError(error, { index, store, isGone: () => this.collection.isGone() });
  }

  #note(partition: number, { position, committedAt }: Commit, appliedAt: number): void {
    const { index, storeName: store, onApplied } = this.#options;
    onApplied({
      kind: "applied",
      store,
      index,
      generation: this.#generation,
      partition,
      position,
      committedAt,
      appliedAt,
    });
  }
}

function failed(outcomes: readonly RowOutcome[], refused: ReadonlyMap<string, Error>): RowOutcome[] {
  const rows = new Map(outcomes.flatMap((outcome) => (refused.has(outcome.key) ? [[outcome.key, outcome]] : [])));
  return [...rows.values()].map((outcome) => ({ ...outcome, result: "failed" }));
}
