import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { type AddressedRecord, SendTooLargeError } from "@freshet/streaming/record-producer";
import { nextSend } from "@freshet/streaming/send-cutting";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";

const REQUEST_TIMEOUT_MS = 10_000;

export interface LetterToSend {
  readonly letter: DeadLetterRecord;
  /** Of origin. */
  readonly topic: string;
}

/** Sends the originals of letters, in order, to where they came from. */
export class OriginWriter {
  readonly #topics: TopicAdmin;
  readonly #producer: IdempotentProducer;
  readonly #partitions = new Map<string, number | null>();

  constructor(connection: KafkaConnection, topics: TopicAdmin) {
    this.#topics = topics;
    this.#producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  }

  /**
   * Resolves when the broker has them for good.
   *
   * @returns why a letter wasn't sent, of those that weren't. @throws {RetriableError | FatalError} in a sentence.
   */
  async send(letters: readonly LetterToSend[]): Promise<Map<DeadLetterRecord, string>> {
    const refused = new Map<DeadLetterRecord, string>();
    const records = new Map<AddressedRecord["record"], DeadLetterRecord>();
    for (const { letter, topic } of letters) {
      const partitions = await this.#countPartitions(topic);
      if (partitions === null) {
        refused.set(letter, `can't be sent, for there is no topic ${topic} any more`);
        continue;
      }
      const { key, value } = letter.record;
      const { partition } = letter.origin;
      // In a topic that was made anew with fewer partitions, its key decides.
      const isThere = partition !== null && partition < partitions;
      records.set({ topic, key, value, headers: letter.headers, ...(isThere ? { partition } : {}) }, letter);
    }
    let open = await this.#producer.address([...records.keys()]);
    while (open.length > 0) {
      const count = nextSend(open);
      await this.#send(open.slice(0, count), (record, error) => {
        const letter = records.get(record);
        if (letter !== undefined) refused.set(letter, `can't be sent: ${error.message}`);
      });
      open = open.slice(count);
    }
    return refused;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  async #countPartitions(topic: string): Promise<number | null> {
    let count = this.#partitions.get(topic);
    if (count === undefined) this.#partitions.set(topic, (count = await this.#topics.partitionCount(topic)));
    return count;
  }

  /** A refusal doesn't say which of several records is too large, so then they are sent one by one. */
  async #send(
    records: readonly AddressedRecord[],
    onTooLarge: (record: AddressedRecord["record"], error: SendTooLargeError) => void,
  ): Promise<void> {
    try {
      await this.#producer.send(records);
    } catch (error) {
      if (!(error instanceof SendTooLargeError)) throw error;
      const [first] = records;
      if (records.length > 1) for (const record of records) await this.#send([record], onTooLarge);
      else if (first !== undefined) onTooLarge(first.record, error);
    }
  }
}
