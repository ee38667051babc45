import type { CompactedTopic } from "../compacted-topic.js";
import { AdminClient } from "./admin-client.js";
import type { KafkaConnection } from "./connection.js";
import { topicOffsets } from "./topic-admin.js";
import { TopicFeed } from "./topic-feed.js";

export interface CompactedTopicOptions {
  readonly connection: KafkaConnection;
  readonly topic: string;
  /** Gives the opening up. */
  readonly signal: AbortSignal;
}

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
  const offsets = await admin.ask({ topics: [topic] }, (kafka) => topicOffsets(kafka, topic));
  const begun = (offsets ?? []).filter(({ low, end }) => end > low);
  const ends = new Map(begun.map(({ partition, end }) => [partition, end]));
  const entries = new Map<string, string>();
  const feed = new TopicFeed({
    connection,
    topic,
    admin,
    onRecords: (records) => {
      for (const { key, value } of records) {
        if (key === null) continue;
        if (value === null) entries.delete(key.toString());
        else entries.set(key.toString(), value.toString());
      }
    },
  });
  try {
    while (!feed.hasReached(ends)) await feed.progress(signal);
    return { entries, close: () => feed.close() };
  } catch (error) {
    await feed.close();
    throw error;
  }
}
