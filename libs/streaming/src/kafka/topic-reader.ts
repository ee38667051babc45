import type { ConsumedRecord } from "../record.js";
import { AdminClient } from "./admin-client.js";
import type { KafkaConnection } from "./connection.js";
import { TopicFeed } from "./topic-feed.js";

export interface TopicReaderOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** By partition, the offset before which the reading ends; partitions that aren't named aren't read. */
  readonly ends: ReadonlyMap<number, bigint>;
  /** By partition, where the reading begins, not behind the log's end; at the log's beginning when it isn't said. */
  readonly from?: ReadonlyMap<number, bigint>;
  readonly signal: AbortSignal;
}

/** Of keys and values that are read ahead, about. A single fetch may bring more. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/**
 * Reads a topic from its beginning, or from known offsets, to known ends, each partition in order, in pieces as they
 * come. No more is fetched than the reader keeps up with.
 *
 * @throws {RetriableError} no broker answers. @throws {FatalError} not allowed. @throws the signal's reason.
 */
export async function* readTopic({
  connection,
  topic,
  ends,
  from,
  signal,
}: TopicReaderOptions): AsyncGenerator<readonly ConsumedRecord[], void, void> {
  if (ends.size === 0) return;
  let waiting: (readonly ConsumedRecord[])[] = [];
  let bytes = 0;
  const feed = new TopicFeed({
    connection,
    topic,
    ...(from ? { from } : {}),
    admin: new AdminClient(connection),
    onRecords: (records, partition) => {
      const end = ends.get(partition) ?? 0n;
      const wanted = records.filter(({ offset }) => offset < end);
      if (wanted.length > 0) waiting.push(wanted);
      for (const record of wanted) bytes += record.bytes;
      if (bytes >= MAX_BUFFERED_BYTES) feed.pause(partition);
    },
  });
  try {
    for (;;) {
      const pieces = waiting;
      waiting = [];
      bytes = 0;
      yield* pieces;
      if (waiting.length > 0) continue;
      if (feed.hasReached(ends)) return;
      feed.resumeAll();
      await feed.progress(signal);
    }
  } finally {
    await feed.close();
  }
}
