import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import { FatalError, RetriableError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import type { OutgoingRecord } from "@freshet/streaming/message";
import { nextSend } from "@freshet/streaming/send-cutting";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { encodeRange, rangeKey, rangesOf, SETTLED_TOPIC, type SettledRange } from "./settled-letters.js";
import type { LetterTopic } from "./topics.js";

const REQUEST_TIMEOUT_MS = 10_000;

export interface SettlementOptions {
  readonly connection: KafkaConnection;
  readonly admin: TopicAdmin;
  readonly topic: LetterTopic;
  /** What was settled before. */
  readonly ranges: readonly SettledRange[];
}

/** Notes what one run has dealt with, while it goes through the letters of a topic. */
export class Settlement {
  readonly #options: SettlementOptions;
  readonly #producer: IdempotentProducer;
  /** By partition, the first letter that stays. */
  readonly #staying = new Map<number, bigint>();
  readonly #written: SettledRange[] = [];

  constructor(options: SettlementOptions) {
    const { connection, admin } = options;
    this.#options = options;
    this.#producer = new IdempotentProducer({ connection, topics: admin, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  }

  /**
   * To be called with all letters in the order in which they are read, once those that are settled are durable
   * elsewhere, or given up.
   */
  async note(letters: readonly DeadLetterRecord[], isSettled: (letter: DeadLetterRecord) => boolean): Promise<void> {
    const noted = letters.map((letter) => ({ place: letter.record, isSettled: isSettled(letter) }));
    for (const { place, isSettled: settled } of noted) {
      if (!settled && !this.#staying.has(place.partition)) this.#staying.set(place.partition, place.offset);
    }
    const ranges = rangesOf(this.#options.topic.name, noted);
    if (ranges.length === 0) return;
    await this.#options.admin.ensureTopic(SETTLED_TOPIC);
    await this.#write(ranges.map((range) => ({ key: rangeKey(range), value: encodeRange(range) })));
    this.#written.push(...ranges);
  }

  /**
   * To be called when all letters have been read: those that nobody needs any more are deleted from the topic's
   * beginning, and the ranges about them, too. Without the right to do so they stay, and stay settled.
   */
  async trim(): Promise<void> {
    const { admin, topic, connection, ranges } = this.#options;
    const before = new Map(
      [...topic.ends]
        .map(([partition, end]) => [partition, this.#staying.get(partition) ?? end] as const)
        .filter(([partition, offset]) => offset > (topic.starts.get(partition) ?? 0n)),
    );
    const starts = new Map([...topic.starts, ...before]);
    try {
      if (before.size > 0) await admin.deleteRecords(topic.name, before);
    } catch (error) {
      if (!(error instanceof FatalError || error instanceof RetriableError)) throw error;
      connection.logger.debug({ topic: topic.name, error }, "The settled letters weren't deleted.");
      return;
    }
    const useless = [...ranges, ...this.#written].filter(({ partition, last }) => last < (starts.get(partition) ?? 0n));
    await this.#write(useless.map((range) => ({ key: rangeKey(range), value: null })));
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  async #write(records: readonly Pick<OutgoingRecord, "key" | "value">[]): Promise<void> {
    let open = await this.#producer.address(records.map((record) => ({ ...record, topic: SETTLED_TOPIC.name })));
    while (open.length > 0) {
      const count = nextSend(open);
      await this.#producer.send(open.slice(0, count));
      open = open.slice(count);
    }
  }
}
