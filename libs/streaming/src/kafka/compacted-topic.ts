import { randomUUID } from "node:crypto";
import type { CompactedTopic } from "../compacted-topic.js";
import type { TopicPartition } from "../assignment.js";
import { delay } from "../back-off.js";
import { Bell } from "../bell.js";
import { FatalError } from "../errors.js";
import { retrying } from "../retry.js";
import { AdminClient } from "./admin-client.js";
import type { KafkaConnection } from "./connection.js";
import type { ConsumerSession, Fetched } from "./consumer-session.js";
import { runSessions } from "./session-loop.js";
import { countPartitions } from "./topic-admin.js";

export interface CompactedTopicOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Gives the opening up. */
  readonly signal: AbortSignal;
}

const SESSION_TIMEOUT_MS = 30_000;
const POLL_MS = 1000;
const CLOSE_TIMEOUT_MS = 5_000;

/**
 * Reads a topic as UTF-8 text from its beginning; resolves once everything is read that was there at the call. A
 * missing topic counts as empty and is read as soon as it is there.
 *
 * @throws {RetriableError} no broker answers. @throws {FatalError} not allowed. @throws the signal's reason.
 */
export async function openCompactedTopic({
  connection,
  topic,
  signal,
}: CompactedTopicOptions): Promise<CompactedTopic> {
  const admin = new AdminClient(connection);
  const ends = await admin.ask({ topics: [topic] }, async (kafka) => {
    if ((await countPartitions(kafka, topic)) === null) return [];
    return kafka.fetchTopicOffsets(topic);
  });
  const reader = new CompactedTopicReader({ connection, topic, admin });
  try {
    const begun = ends.filter(({ low, high }) => BigInt(high) > BigInt(low));
    await reader.reach(new Map(begun.map(({ partition, high }) => [partition, BigInt(high)])), signal);
    return reader;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

class CompactedTopicReader implements CompactedTopic {
  readonly #connection: KafkaConnection;
  readonly #topic: string;
  readonly #admin: AdminClient;
  readonly #entries = new Map<string, string>();
  /** Nothing is committed, so these tell where to read on after a rejoin. */
  readonly #positions = new Map<number, bigint>();
  readonly #changed = new Bell();
  readonly #closed = new AbortController();
  readonly #ended: Promise<void>;
  /** Kafka has no reading of a topic without a group in this client; nobody else is ever in it. */
  readonly #group: string;
  #hasGroup = false;
  #failure: Error | null = null;

  constructor({ connection, topic, admin }: { connection: KafkaConnection; topic: string; admin: AdminClient }) {
    this.#connection = connection;
    this.#topic = topic;
    this.#admin = admin;
    this.#group = `${connection.clientId}.reader.${randomUUID()}`;
    this.#ended = this.#read().catch((error: unknown) => {
      this.#failure = error instanceof Error ? error : new FatalError(String(error));
      if (!this.#closed.signal.aborted) connection.logger.error({ topic }, this.#failure.message);
      this.#changed.ring();
    });
  }

  get entries(): ReadonlyMap<string, string> {
    return this.#entries;
  }

  async reach(ends: ReadonlyMap<number, bigint>, signal: AbortSignal): Promise<void> {
    const isBehind = () => [...ends].some(([partition, end]) => (this.#positions.get(partition) ?? 0n) < end);
    while (isBehind()) {
      if (this.#failure !== null) throw this.#failure;
      signal.throwIfAborted();
      await this.#changed.wait({ signal });
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#ended;
    await this.#deleteGroup();
    await this.#admin.close();
  }

  async #deleteGroup(): Promise<void> {
    if (!this.#hasGroup) return;
    this.#hasGroup = false;
    const group = this.#group;
    const signal = AbortSignal.timeout(CLOSE_TIMEOUT_MS);
    try {
      const deletion = () => this.#admin.ask({ group }, (kafka) => kafka.deleteGroups([group]));
      await retrying(deletion, { signal, onFailure: () => undefined });
    } catch (error) {
      // The broker forgets an empty group by itself, only later.
      this.#connection.logger.debug({ group, error }, "The reader's group wasn't deleted.");
    }
  }

  async #read(): Promise<void> {
    const { signal } = this.#closed;
    const topic = this.#topic;
    const connection = this.#connection;
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
        onRebalance: () => undefined,
        onHeartbeat: () => undefined,
        onFetched: (session, fetched) => this.#onFetched(session, fetched),
        onSkipped: ({ partition }, last) => this.#advance(partition, last),
        onCrash: warn,
      },
      signal,
    );
  }

  async #exists(): Promise<boolean> {
    const topic = this.#topic;
    return (await this.#admin.ask({ topics: [topic] }, (kafka) => countPartitions(kafka, topic))) !== null;
  }

  #onJoin(session: ConsumerSession, partitions: readonly TopicPartition[]): void {
    this.#hasGroup = true;
    for (const at of partitions) {
      const position = this.#positions.get(at.partition);
      if (position !== undefined) session.seek(at, position);
    }
  }

  #onFetched(session: ConsumerSession, fetched: Fetched): void {
    const position = this.#positions.get(fetched.partition);
    if (position !== undefined && fetched.from > position) {
      // A fetch of before a rejoin.
      session.seek(fetched, position);
      return;
    }
    for (const { key, value, offset } of fetched.records) {
      if (key === null || (position !== undefined && offset < position)) continue;
      if (value === null) this.#entries.delete(key.toString());
      else this.#entries.set(key.toString(), value.toString());
    }
    fetched.accept();
    if (position === undefined || fetched.last >= position) this.#advance(fetched.partition, fetched.last);
  }

  #advance(partition: number, last: bigint): void {
    this.#positions.set(partition, last + 1n);
    this.#changed.ring();
  }
}
