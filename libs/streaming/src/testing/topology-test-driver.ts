import { takeBatch, tightest } from "../batches/batch-limits.js";
import type { BatchRun, Retry } from "../batches/batch-run.js";
import type { StreamingDataFrame } from "../frames/dataframe.js";
import { FatalError, RetriableError } from "../errors.js";
import type { Headers, Message, OutgoingRecord } from "../message.js";
import { decode } from "../frames/pipeline.js";
import type { ConsumedRecord } from "../record.js";
import type { Topic, TopicCodecs } from "../topic.js";
import { DeclaredTopology, type Topology } from "../topology.js";
import { TopicLog, toBuffer } from "./topic-log.js";

export interface PipedRecord<K, V> {
  readonly key: K;
  readonly value: V;
  /** Beside those of the codec. */
  readonly headers?: Headers;
  /** 0 by default, whatever the key. */
  readonly partition?: number;
  /** In ms since the Unix epoch; 0 by default. */
  readonly timestamp?: number;
}

export interface DeadLetter {
  /** As it was consumed, with its original bytes. */
  readonly record: ConsumedRecord;
  readonly reason: string;
  readonly error: Error;
  readonly attempts: number;
}

/** What came of the records that were piped. */
export interface Piped {
  readonly deadLetters: readonly DeadLetter[];
  /** What was produced to a topic, in order, decoded by its codecs. @throws what they throw. */
  readonly produced: <K, V>(topic: Topic<K, V>) => Message<K, V>[];
}

/**
 * Runs a topology without a broker, by the code that runs it with one: declare on the driver what you declare on an
 * application. Batches are cut by the operators' limits, as if all that is piped had been there at once. What the broker
 * alone decides isn't simulated: rebalances, fencing, and records that are too large for it.
 */
export class TopologyTestDriver implements Topology {
  readonly #topology = new DeclaredTopology();
  readonly #logs = new Map<string, TopicLog>();
  readonly #maxAttempts: number;

  /** @param options.maxAttempts how often a RetriableError may come before the test ends; an application has no limit. */
  constructor({ maxAttempts = 5 }: { maxAttempts?: number } = {}) {
    this.#maxAttempts = maxAttempts;
  }

  topic<K, V>(name: string, codecs: TopicCodecs<K, V>): Topic<K, V> {
    return this.#topology.topic(name, codecs);
  }

  dataframe<K, V>(topic: Topic<K, V>): StreamingDataFrame<K, V> {
    return this.#topology.dataframe(topic);
  }

  /**
   * Writes the records to an input topic and has all of it processed that isn't committed. The topic's name alone says
   * which frame gets them: pipe with another codec to send what the frame's own can't decode.
   *
   * @throws what `run` of an application rejects with. The batch stays uncommitted, and comes again with the next call.
   */
  async pipe<K, V>(topic: Topic<K, V>, records: readonly PipedRecord<K, V>[]): Promise<Piped> {
    const pipeline = this.#topology.pipelines.get(topic.name);
    if (pipeline === undefined) throw new RangeError(`No frame reads the topic ${topic.name}.`);
    const log = this.#log(topic.name);
    for (const record of records) append(log, topic, record);
    const limits = tightest([...this.#topology.pipelines.values()].map((each) => each.limits()));
    const buffers = log.fetch();
    const emitted: OutgoingRecord[] = [];
    const deadLetters: DeadLetter[] = [];
    for (let start = 0; ; start++) {
      const batch = takeBatch(buffers, start, limits);
      if (batch.length === 0) break;
      await pipeline.process(batch, this.#run(emitted, deadLetters));
      log.commit(batch);
    }
    return { deadLetters, produced: this.#produce(emitted) };
  }

  /** By partition, the offset that the application would go on at; without those it never committed. */
  committed({ name }: Pick<Topic<unknown, unknown>, "name">): ReadonlyMap<number, bigint> {
    return this.#log(name).committed;
  }

  #run(emitted: OutgoingRecord[], deadLetters: DeadLetter[]): BatchRun {
    return {
      context: { gate: { check: () => undefined }, signal: new AbortController().signal },
      retry: this.#retry,
      emit: (record) => emitted.push(record),
      poison: (record, error, attempts) => deadLetters.push({ record, reason: error.message, error, attempts }),
    };
  }

  readonly #retry: Retry = async (stage, work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(attempt);
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
        if (attempt < this.#maxAttempts) continue;
        // Anything else would be taken for poison, which passing trouble never becomes.
        throw new FatalError(`${stage} failed ${attempt} times: ${error.message}`, { cause: error });
      }
    }
  };

  #produce(emitted: readonly OutgoingRecord[]): Piped["produced"] {
    const records = emitted.map(({ topic, key, value, headers = {}, partition = 0 }) =>
      this.#log(topic).append({ key: toBuffer(key), value: toBuffer(value), headers, partition, timestamp: 0 }),
    );
    return (topic) => records.filter((record) => record.topic === topic.name).map((record) => decode(topic, record));
  }

  #log(name: string): TopicLog {
    const log = this.#logs.get(name) ?? new TopicLog(name);
    this.#logs.set(name, log);
    return log;
  }
}

function append<K, V>(log: TopicLog, topic: Topic<K, V>, record: PipedRecord<K, V>): void {
  const { headers, partition = 0, timestamp = 0 } = record;
  const key = topic.key.encode(record.key);
  const value = topic.value.encode(record.value);
  log.append({
    key: toBuffer(key.bytes),
    value: toBuffer(value.bytes),
    headers: { ...value.headers, ...headers },
    partition,
    timestamp,
  });
}
