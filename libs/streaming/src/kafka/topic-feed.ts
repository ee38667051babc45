import { randomUUID } from "node:crypto";
import type { TopicPartition } from "../assignment/assigned-partition.js";
import { delay } from "../back-off.js";
import { Bell } from "../bell.js";
import { FatalError } from "../errors.js";
import type { ConsumedRecord } from "../record.js";
import { retrying } from "../retry.js";
import type { AdminClient } from "./admin-client.js";
import type { KafkaConnection } from "./connection.js";
import type { ConsumerSession, Fetched } from "./consumer-session.js";
import { runSessions } from "./session-loop.js";
import { countPartitions } from "./topic-admin.js";

export interface TopicFeedOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Closed with the feed. */
  readonly admin: AdminClient;
  /** Where to begin, by partition; the others begin where their log does. */
  readonly from?: ReadonlyMap<number, bigint>;
  /** Called with each record once, a partition's in order, and at once when they come. */
  readonly onRecords: (records: readonly ConsumedRecord[], partition: number) => void;
}

const SESSION_TIMEOUT_MS = 30_000;
const POLL_MS = 1000;
const CLOSE_TIMEOUT_MS = 5_000;

/** A topic, all partitions, for one reader that commits nothing. A missing topic is waited for. */
export class TopicFeed {
  readonly #options: TopicFeedOptions;
  /** Nothing is committed, so these tell where to read on after a rejoin. */
  readonly #positions: Map<number, bigint>;
  /** Where a partition was last sent back to. */
  readonly #sought = new Map<number, bigint>();
  readonly #paused = new Set<number>();
  readonly #changed = new Bell();
  readonly #closed = new AbortController();
  readonly #ended: Promise<void>;
  /** Kafka has no reading of a topic without a group in this client; nobody else is ever in it. */
  readonly #group: string;
  #session: ConsumerSession | null = null;
  #failure: Error | null = null;

  constructor(options: TopicFeedOptions) {
    const { connection, topic, from } = options;
    this.#options = options;
    this.#positions = new Map(from);
    this.#group = `${connection.clientId}.reader.${randomUUID()}`;
    this.#ended = this.#read().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new FatalError(String(error));
      if (!this.#closed.signal.aborted) connection.logger.error({ topic }, this.#failure.message);
      this.#changed.ring();
    });
  }

  /** @param ends by partition, the offset before which everything is to be read. */
  hasReached(ends: ReadonlyMap<number, bigint>): boolean {
    return [...ends].every(([partition, end]) => (this.#positions.get(partition) ?? 0n) >= end);
  }

  /** Resolves when more has been read. @throws what ended the feed. @throws the signal's reason. */
  async progress(signal: AbortSignal): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    signal.throwIfAborted();
    await this.#changed.wait({ signal });
    signal.throwIfAborted();
  }

  /** No more is fetched of the partition, but for what is on its way. */
  pause(partition: number): void {
    this.#paused.add(partition);
    this.#session?.pause({ topic: this.#options.topic, partition });
  }

  resumeAll(): void {
    for (const partition of this.#paused) this.#session?.resume({ topic: this.#options.topic, partition });
    this.#paused.clear();
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#ended;
    await this.#deleteGroup();
    await this.#options.admin.close();
  }

  async #deleteGroup(): Promise<void> {
    if (this.#session === null) return;
    this.#session = null;
    const { admin, connection } = this.#options;
    const group = this.#group;
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    try {
      const deletion = () => admin.ask({ group }, (kafka) => kafka.deleteGroups([group]));
      await retrying(deletion, { signal, onFailure: () => undefined });
    } catch (error) {
      // The broker forgets an empty group by itself, only later.
      connection.logger.debug({ group, error }, "The reader's group wasn't deleted.");
    }
  }

  async #read(): Promise<void> {
    const { signal } = this.#closed;
    const { connection, topic } = this.#options;
    const warn = (error: Error, attempt: number) =>
      connection.logger.warn({ topic, attempt }, `${error.message} Trying again (read).`);
    try {
      while (!(await retrying(() => this.#exists(), { signal, onFailure: warn }))) await delay(POLL_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await runSessions(
      { connection, group: this.#group, topics: [topic], sessionTimeoutMs: SESSION_TIMEOUT_MS },
      {
        onJoin: (session, partitions) => this.#onJoin(session, partitions),
        onRebalance: () => Promise.resolve(),
        onHeartbeat: () => undefined,
        onFetched: (session, fetched) => this.#onFetched(session, fetched),
        onSkipped: ({ partition }, last) => this.#advance(partition, last),
        onCrash: warn,
      },
      signal,
    );
  }

  async #exists(): Promise<boolean> {
    const { admin, topic } = this.#options;
    return (await admin.ask({ topics: [topic] }, (kafka) => countPartitions(kafka, topic))) !== null;
  }

  #onJoin(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    this.#session = session;
    for (const at of partitions) {
      const position = this.#positions.get(at.partition);
      if (position !== undefined) session.seek(at, position);
      if (this.#paused.has(at.partition)) session.pause(at);
    }
  }

  #onFetched(session: ConsumerSession, fetched: Fetched): void {
    const { partition, records, from, last, end } = fetched;
    const known = this.#positions.get(partition) ?? from;
    // A log that ends before what was read of it has been made anew.
    const position = from < known && end < known ? from : known;
    // A fetch of before a rejoin. When it comes again, that is where the log begins now: somebody has cut it.
    if (from > position && this.#sought.get(partition) !== position) {
      this.#sought.set(partition, position);
      session.seek(fetched, position);
      return;
    }
    fetched.accept();
    const fresh = records.filter(({ offset }) => offset >= position);
    this.#options.onRecords(fresh, partition);
    if (last >= position) this.#advance(partition, last);
  }

  #advance(partition: number, last: bigint): void {
    this.#positions.set(partition, last + 1n);
    this.#changed.ring();
  }
}
