import { Bell } from "@freshet/streaming/bell";
import { RetriableError } from "@freshet/streaming/errors";
import { AdminClient } from "@freshet/streaming/kafka/admin-client";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin, topicOffsets } from "@freshet/streaming/kafka/topic-admin";
import { TopicFeed } from "@freshet/streaming/kafka/topic-feed";
import type { ConsumedRecord } from "@freshet/streaming/record";
import type { PartitionOffsets } from "@freshet/streaming/topic-admin";
import type { Registry } from "prom-client";
import { OvertakenRows } from "./overtaken-rows.js";
import { toChange, type TopicChange } from "./row-change.js";
import type { RowView } from "./row-view.js";
import { isBehind, isStale } from "./stale-view.js";

export interface TopicViewOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Closed with it, and when it can't be opened. */
  readonly view: RowView;
  readonly registry: Registry;
}

/** Of keys and values that are read ahead, about. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;
/** Records that are decoded in one go, so that others get their turn between. */
const SLICE = 200;

/** Keeps a view of an index's topic, and mends what was written to the topic behind something newer. */
export class TopicView {
  readonly rows: RowView;
  readonly #options: TopicViewOptions;
  readonly #admin: AdminClient;
  readonly #feed: TopicFeed;
  readonly #folded = new Bell();
  readonly #closed = new AbortController();
  readonly #ended: Promise<void>;
  readonly #overtaken: OvertakenRows;
  #waiting: { readonly partition: number; readonly records: readonly ConsumedRecord[] }[] = [];
  #bytes = 0;
  #folding = false;
  #failure: Error | null = null;

  /**
   * Goes on where the view stopped. A view of another cluster or of a topic that was made anew, and one that was away
   * for so long that it may have missed deletes, begins anew.
   *
   * @returns null when there is no such topic. @throws {RetriableError} no broker answers. @throws {FatalError}
   */
  static async open(options: TopicViewOptions): Promise<TopicView | null> {
    const { connection, topic, view } = options;
    const admin = new AdminClient(connection);
    try {
      const log = await admin.ask({ topics: [topic] }, (kafka) => topicOffsets(kafka, topic));
      if (log === null) {
        await admin.close();
        await view.close();
        return null;
      }
      const { clusterId } = await admin.ask({}, (kafka) => kafka.describeCluster());
      const origin = `${clusterId}/${topic}`;
      if (isStale(view, { origin, log, now: Date.now() })) await view.reset(origin);
      return new TopicView(options, admin);
    } catch (error) {
      await admin.close();
      await view.close();
      throw error;
    }
  }

  private constructor(options: TopicViewOptions, admin: AdminClient) {
    const { connection, topic, view } = options;
    this.rows = view;
    this.#options = options;
    this.#admin = admin;
    this.#overtaken = new OvertakenRows({ ...options, signal: this.#closed.signal });
    this.#feed = new TopicFeed({
      connection,
      topic,
      admin,
      from: view.offsets(),
      onRecords: (records, partition) => this.#take(records, partition),
    });
    this.#ended = this.#follow().catch((error: unknown) => {
      if (this.#closed.signal.aborted) return;
      this.#failure = error instanceof Error ? error : new Error(String(error));
      connection.logger.error(
        { topic },
        `${this.#failure.message} The view of the topic is opened again when it is needed.`,
      );
      this.#folded.ring();
    });
  }

  /** What ended the following; a new one has to be opened. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** @throws {RetriableError} when the following has ended: the rows may be closed. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw new RetriableError(this.#failure.message, { cause: this.#failure });
  }

  /**
   * Resolves with the topic's ends at the call, once everything before them is in the view.
   *
   * @throws {RetriableError} the view can't be kept just now. @throws the signal's reason.
   */
  async caughtUp(signal: AbortSignal): Promise<readonly PartitionOffsets[]> {
    const { topic } = this.#options;
    this.throwIfFailed();
    // Before the log's ends are asked for: what is taken in meanwhile may lie behind them.
    const offsets = this.rows.offsets();
    const log = await this.#admin.ask({ topics: [topic] }, (kafka) => topicOffsets(kafka, topic));
    if (log === null || isBehind(offsets, log)) {
      this.#failure = new RetriableError(`The topic ${topic} was made anew; its view begins anew, too.`);
      throw this.#failure;
    }
    const ends = new Map(log.filter(({ low, end }) => end > low).map(({ partition, end }) => [partition, end]));
    while (!this.#hasFolded(ends)) {
      this.throwIfFailed();
      signal.throwIfAborted();
      await this.#folded.wait({ signal });
    }
    return log;
  }

  /** The largest record that the topic takes. */
  async maxMessageBytes(): Promise<number> {
    const { connection, topic } = this.#options;
    const admin = await connectTopicAdmin(connection);
    const settings = await admin.topicSettings(topic).finally(() => admin.close());
    return Number(settings?.get("max.message.bytes") ?? 0);
  }

  async close(): Promise<void> {
    this.#closed.abort(new RetriableError("The service stops."));
    await this.#ended;
    await this.#feed.close();
    await this.#overtaken.close();
    await this.rows.close();
  }

  #hasFolded(ends: ReadonlyMap<number, bigint>): boolean {
    return this.#waiting.length === 0 && !this.#folding && this.#feed.hasReached(ends);
  }

  #take(records: readonly ConsumedRecord[], partition: number): void {
    this.#waiting.push({ partition, records });
    for (const { bytes } of records) this.#bytes += bytes;
    if (this.#bytes >= MAX_BUFFERED_BYTES) this.#feed.pause(partition);
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closed;
    for (;;) {
      const pieces = this.#waiting;
      this.#waiting = [];
      this.#bytes = 0;
      this.#folding = true;
      for (const { partition, records } of pieces) await this.#fold(partition, records);
      await this.#overtaken.mend();
      this.#folding = false;
      if (this.#waiting.length > 0) continue;
      this.#folded.ring();
      this.#feed.resumeAll();
      await this.#feed.progress(signal);
      this.#folded.ring();
    }
  }

  async #fold(partition: number, records: readonly ConsumedRecord[]): Promise<void> {
    for (let at = 0; at < records.length; at += SLICE) {
      await this.rows.fold(partition, this.#toChanges(records.slice(at, at + SLICE)));
    }
  }

  #toChanges(records: readonly ConsumedRecord[]): TopicChange[] {
    return records.flatMap((record) => {
      try {
        return [toChange(record)];
      } catch (error) {
        const { topic, partition, offset } = record;
        const reason = error instanceof Error ? error.message : String(error);
        const details = { topic, partition, offset: String(offset), reason };
        this.#options.connection.logger.warn(details, "A record is no embedded document; exports leave it out.");
        return [];
      }
    });
  }
}
