import type { DocumentRules } from "@freshet/documents/document-rules";
import type { ChangeEvent } from "@freshet/schemas/change-event";
import type { RowKey } from "@freshet/schemas/row-key";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import type { Topic } from "@freshet/streaming/topic";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { BUCKETS, rowDigest } from "@freshet/vector-stores/row-digest";
import { BucketSums } from "./bucket-sums.js";
import { NewestRows } from "./newest-rows.js";
import type { Pace } from "./pace.js";
import type { ExpectedRow, HashedRow, SourceRows } from "./source-rows.js";

const MAX_BYTES = 128 * 1024 * 1024;
const ROWS_AT_ONCE = 200;

export interface TopicRowsOptions {
  readonly connection: KafkaConnection;
  readonly admin: Pick<TopicAdmin, "topicOffsets">;
  readonly topic: Topic<RowKey | null, ChangeEvent | null>;
  readonly rules: DocumentRules;
  readonly signal: AbortSignal;
  /** Of the rows in memory, about; 128 MiB unless given. The topic is read as often as they fit into it, and once more. */
  readonly maxBytes?: number;
  /** How fast records are read; as fast as they come unless given. */
  readonly pace?: Pace | undefined;
}

/** The rows of somebody's topic, as its newest records tell them. */
export class TopicRows implements SourceRows {
  /** Each time the whole topic is read. */
  readonly keysAtOnce = 10_000;
  readonly #options: TopicRowsOptions;

  constructor(options: TopicRowsOptions) {
    this.#options = options;
  }

  async estimateRows(): Promise<number> {
    return (await this.#offsets()).reduce((sum, { low, end }) => sum + Number(end - low), 0);
  }

  async sums(onRows: (count: number) => void): Promise<BucketSums> {
    const sums = new BucketSums();
    for await (const newest of this.#passes()) {
      const before = sums.rows;
      for (const { key, rowHash } of newest.rows()) sums.add(rowDigest(key, rowHash === "" ? null : rowHash));
      onRows(sums.rows - before);
    }
    return sums;
  }

  async *rowsIn(buckets: readonly number[]): AsyncGenerator<readonly HashedRow[], void, void> {
    const asked = new Set(buckets);
    for await (const newest of this.#passes((_key, bucket) => asked.has(bucket))) yield [...newest.rows()];
  }

  async *all(): AsyncGenerator<readonly ExpectedRow[], void, void> {
    for await (const newest of this.#passes()) {
      let some: ExpectedRow[] = [];
      for (const row of newest.rows()) {
        some.push(row);
        if (some.length < ROWS_AT_ONCE) continue;
        yield some;
        some = [];
      }
      yield some;
    }
  }

  async read(keys: readonly string[]): Promise<ReadonlyMap<string, ExpectedRow>> {
    const asked = new Set(keys);
    const found = new Map<string, ExpectedRow>();
    if (asked.size === 0) return found;
    for await (const newest of this.#passes((key) => asked.has(key))) {
      for (const row of newest.rows()) found.set(row.key, row);
    }
    return found;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Reads the topic as often as its rows don't fit into memory. */
  async *#passes(isAsked?: (key: string, bucket: number) => boolean): AsyncGenerator<NewestRows, void, void> {
    const { connection, topic, rules, signal, pace, maxBytes = MAX_BYTES } = this.#options;
    const offsets = await this.#offsets();
    const ends = new Map(offsets.flatMap(({ partition, low, end }) => (low < end ? [[partition, end]] : [])));
    for (let from = 0; from < BUCKETS;) {
      const newest = new NewestRows({ topic, rules, from, maxBytes, ...(isAsked ? { isAsked } : {}) });
      for await (const records of readTopic({ connection, topic: topic.name, ends, signal })) {
        for (const record of records) newest.add(record);
        await pace?.spend(records.length);
      }
      yield newest;
      from = newest.end;
    }
  }

  /** @throws {FatalError} when there is no such topic. */
  async #offsets() {
    const { admin, topic } = this.#options;
    const offsets = await admin.topicOffsets(topic.name);
    if (offsets !== null) return offsets;
    throw new FatalError(`There is no topic ${topic.name} to compare with.`);
  }
}
