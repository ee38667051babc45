import type { Retry } from "../batches/batch-run.js";
import { type DeadLetterOptions, deadLetter, deadLetterTopicSpec } from "../dead-letter.js";
import { FatalError } from "../errors.js";
import type { OutgoingRecord } from "../message.js";
import type { StreamMetrics } from "../metrics.js";
import { type AddressedRecord, type RecordProducer, SendTooLargeError } from "../record-producer.js";
import type { RequestGate } from "../request-gate.js";
import { nextSend } from "../send-cutting.js";
import type { TopicAdmin } from "../topic-admin.js";
import { tracedSend } from "../tracing/tracing-send.js";

export type Letter = Omit<DeadLetterOptions, "deadLetterTopic" | "time">;

export interface DeliveryRun {
  readonly retry: Retry;
  readonly gate?: RequestGate;
}

export interface DeliveryOptions {
  readonly producer: RecordProducer;
  readonly topics: Pick<TopicAdmin, "ensureTopic">;
  readonly deadLetterTopic: (topic: string) => string;
  readonly metrics: StreamMetrics;
}

type OnTooLarge = (record: OutgoingRecord, error: SendTooLargeError) => void | Promise<void>;

/** Brings records to the broker, cut to sends that it takes, each again until it is acknowledged. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #knownTopics = new Set<string>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /**
   * Resolves when all of it is acknowledged, but for single records that the broker refuses for their size.
   *
   * @throws {FatalError} and what `run.retry` ends with.
   */
  async deliver(records: readonly OutgoingRecord[], run: DeliveryRun, onTooLarge: OnTooLarge): Promise<void> {
    if (records.length === 0) return;
    let open = await run.retry("address", () => this.#options.producer.address(records));
    while (open.length > 0) {
      const count = nextSend(open);
      await this.#send(open.slice(0, count), run, onTooLarge);
      open = open.slice(count);
    }
  }

  /** Makes dead letters; their topics are created when they are missing. */
  async bury(letters: readonly Letter[], run: DeliveryRun): Promise<void> {
    if (letters.length === 0) return;
    const time = new Date();
    const byRecord = new Map(letters.map((letter) => [this.#toRecord(letter, time), letter]));
    for (const { topic } of byRecord.keys()) await this.#ensure(topic, run);
    await this.deliver([...byRecord.keys()], run, async (record, error) => {
      const letter = byRecord.get(record);
      if (letter === undefined || letter.value === null) throw new FatalError(error.message);
      // Headers make a letter larger than the record that it was.
      await this.deliver([this.#toRecord({ ...letter, leavesOutBody: true }, time)], run, () => {
        throw new FatalError(error.message);
      });
    });
    for (const { origin } of letters) this.#options.metrics.deadLettered.inc({ topic: origin.topic });
  }

  #toRecord(letter: Letter, time: Date): OutgoingRecord {
    return deadLetter({ ...letter, deadLetterTopic: this.#options.deadLetterTopic(letter.origin.topic), time });
  }

  async #ensure(name: string, { retry }: DeliveryRun): Promise<void> {
    if (this.#knownTopics.has(name)) return;
    await retry("dead letter", () => this.#options.topics.ensureTopic(deadLetterTopicSpec(name)));
    this.#knownTopics.add(name);
  }

  async #send(records: readonly AddressedRecord[], run: DeliveryRun, onTooLarge: OnTooLarge): Promise<void> {
    try {
      await tracedSend(records, () => run.retry("produce", () => this.#options.producer.send(records, run.gate)));
    } catch (error) {
      if (!(error instanceof SendTooLargeError)) throw error;
      const [first] = records;
      if (first !== undefined && records.length === 1) {
        await onTooLarge(first.record, error);
        return;
      }
      // The topic takes less than usual; which of the records is meant the broker doesn't say.
      const middle = records.length >> 1;
      await this.#send(records.slice(0, middle), run, onTooLarge);
      await this.#send(records.slice(middle), run, onTooLarge);
      return;
    }
    this.#count(records);
  }

  #count(records: readonly AddressedRecord[]): void {
    const counts = new Map<string, number>();
    for (const { record } of records) counts.set(record.topic, (counts.get(record.topic) ?? 0) + 1);
    for (const [topic, count] of counts) this.#options.metrics.produced.inc({ topic }, count);
  }
}
