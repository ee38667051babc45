import { decodeState, encodeState, jobStatePrefix, stateKey, type JobState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { Term } from "@freshet/streaming/leadership";
import type { RecordProducer } from "@freshet/streaming/record-producer";
import { SerialQueue } from "@freshet/streaming/serial-queue";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import type { Troubles } from "@freshet/streaming/troubles";

export interface JobRecordsOptions {
  readonly connection: KafkaConnection;
  readonly slot: string;
  readonly term: Term;
  readonly troubles: Troubles;
}

/** Well within a session time-out: a write has to be over before another process can lead. */
const REQUEST_TIMEOUT_SHARE = 1 / 6;

/** The jobs' records in the state topic, for one term. What fails is tried again until the leadership is lost. */
export class JobRecords {
  readonly #options: JobRecordsOptions;
  readonly #producer: RecordProducer;
  readonly #topics: TopicAdmin;
  readonly #queue = new SerialQueue();

  private constructor(options: JobRecordsOptions, topics: TopicAdmin, requestTimeoutMs: number) {
    this.#options = options;
    this.#topics = topics;
    this.#producer = new IdempotentProducer({ connection: options.connection, topics, requestTimeoutMs });
  }

  /** @throws the term's reason when it ends before. @throws {FatalError} */
  static async open(options: JobRecordsOptions, sessionTimeoutMs: number): Promise<JobRecords> {
    const { connection, term, troubles } = options;
    const topics = await troubles.retrying("job records", () => connectTopicAdmin(connection), { signal: term.signal });
    return new JobRecords(options, topics, Math.floor(sessionTimeoutMs * REQUEST_TIMEOUT_SHARE));
  }

  /**
   * By name. One that can't be read counts as unknown, and is written anew.
   *
   * @throws the term's reason when it ends before. @throws {FatalError} not allowed.
   */
  async read(): Promise<Map<string, JobState | null>> {
    const { connection, slot, term, troubles } = this.#options;
    const reading = () => openCompactedTopic({ connection, topic: STATE_TOPIC, signal: term.signal });
    const states = await troubles.retrying("job records", reading, { signal: term.signal });
    // Leaving takes a while, and nobody has to wait for it.
    states.close().catch(() => undefined);
    const prefix = jobStatePrefix(slot);
    const records = [...states.entries].filter(([key]) => key.startsWith(prefix));
    return new Map(records.map(([key, text]) => [key.slice(prefix.length), this.#decode(key, text)]));
  }

  /** Resolves once the broker has it for good. @throws the term's reason when it is lost before. @throws {FatalError} */
  write(state: JobState): Promise<void> {
    return this.#put(stateKey(state), encodeState(state));
  }

  /** As `write`. */
  remove(name: string): Promise<void> {
    return this.#put(`${jobStatePrefix(this.#options.slot)}${name}`, null);
  }

  async close(): Promise<void> {
    await Promise.all([this.#producer.close(), this.#topics.close()]);
  }

  #put(key: string, value: string | null): Promise<void> {
    const { term, troubles } = this.#options;
    const send = async () => {
      const records = await this.#producer.address([{ topic: STATE_TOPIC, key, value }]);
      await this.#producer.send(records, term.gate);
    };
    return this.#queue.run(() => troubles.retrying("job records", send, { signal: term.lost }));
  }

  #decode(key: string, text: string): JobState | null {
    try {
      const state = decodeState(text);
      if (state.kind === "job") return state;
    } catch (error) {
      this.#options.connection.logger.debug({ key, error }, "It isn't a job's record.");
    }
    this.#options.connection.logger.warn({ key }, `Record ${key} of ${STATE_TOPIC} can't be read, and is begun anew.`);
    return null;
  }
}
