import { BEGINNING, isOlder, type Position } from "@freshet/schemas/position";
import { randomUUID } from "node:crypto";
import { Kafka, logLevel, type KafkaMessage } from "kafkajs";
import { onTestFinished } from "vitest";

interface SeenRow {
  readonly position: Position;
  /** Null: the row is gone. */
  readonly hash: string | null;
}

/** What one partition says, up to an offset. */
interface SeenPartition {
  offset: bigint;
  messages: number;
  /** Rows below it are gone: of the latest truncate or snapshot-end. */
  control: Position;
  /** By key: what compaction would leave. */
  readonly last: Map<string, SeenRow>;
  /** By key: what a reader believes that goes by positions. */
  readonly highest: Map<string, SeenRow>;
}

/** The rows that a topic says exist, followed message by message. */
export class TopicView {
  readonly topic: string;
  readonly #partitions = new Map<number, SeenPartition>();

  private constructor(topic: string) {
    this.topic = topic;
  }

  /** Follows the topic until the test ends. */
  static async open(brokers: readonly string[], topic: string): Promise<TopicView> {
    const view = new TopicView(topic);
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { retries: 30 } });
    const consumer = kafka.consumer({ groupId: `view.${randomUUID()}`, maxWaitTimeInMs: 50 });
    onTestFinished(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        for (const message of batch.messages) view.#see(batch.partition, message);
        return Promise.resolve();
      },
    });
    return view;
  }

  /** Read so far, those that were sent again included. */
  get messages(): number {
    return [...this.#partitions.keys()].reduce((sum, partition) => sum + this.messagesOf(partition), 0);
  }

  messagesOf(partition: number): number {
    return this.#partitions.get(partition)?.messages ?? 0;
  }

  /** Row hashes by key, as the last message of each key has them. */
  get rows(): Map<string, string> {
    return this.#rows(({ last }) => last);
  }

  /** Row hashes by key, as the message with the highest position has them. */
  get rowsByPosition(): Map<string, string> {
    return this.#rows(({ highest }) => highest);
  }

  #rows(choose: (partition: SeenPartition) => ReadonlyMap<string, SeenRow>): Map<string, string> {
    const rows = new Map<string, string>();
    for (const partition of this.#partitions.values()) {
      for (const [key, { hash, position }] of choose(partition)) {
        if (hash !== null && !isOlder(position, partition.control)) rows.set(key, hash);
      }
    }
    return rows;
  }

  #see(number: number, { key, value, offset }: KafkaMessage): void {
    let partition = this.#partitions.get(number);
    if (partition === undefined) {
      partition = { offset: -1n, messages: 0, control: BEGINNING, last: new Map(), highest: new Map() };
      this.#partitions.set(number, partition);
    }
    // A rejoin begins at the beginning again.
    if (BigInt(offset) <= partition.offset) return;
    partition.offset = BigInt(offset);
    partition.messages += 1;
    const row = Object.values(JSON.parse(String(key)) as Record<string, unknown>).join("/");
    const earlier = partition.highest.get(row);
    if (value === null) {
      partition.last.set(row, { position: earlier?.position ?? BEGINNING, hash: null });
      return;
    }
    const event = readEvent(value);
    if (event.op === "t" || event.op === "m") {
      if (isOlder(partition.control, event.position)) partition.control = event.position;
      return;
    }
    const seen = { position: event.position, hash: event.op === "d" ? null : event.rowHash };
    partition.last.set(row, seen);
    if (earlier === undefined || !isOlder(seen.position, earlier.position)) partition.highest.set(row, seen);
  }
}

interface Event {
  readonly op: string;
  readonly position: Position;
  readonly rowHash: string;
}

/** Not the codec: there are many events, and their numbers are small. */
function readEvent(value: Buffer): Event {
  const { op, source } = JSON.parse(value.toString()) as {
    op: string;
    source: { epoch: number; commitLsn: number; seq: number; rowHash: string | null };
  };
  const { epoch, commitLsn, seq, rowHash } = source;
  return { op, position: { epoch, commitLsn: BigInt(commitLsn), seq }, rowHash: rowHash ?? "none" };
}
