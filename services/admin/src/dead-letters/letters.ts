import { type DeadLetterRecord, readDeadLetter } from "@freshet/streaming/dead-letter";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import { decodeRange, SETTLED_TOPIC, SettledLetters, type SettledRange } from "./settled-letters.js";
import type { LetterTopic } from "./topics.js";

/** What every run has noted, by topic. @throws {RetriableError | FatalError} in a sentence. */
export async function readSettled(
  connection: KafkaConnection,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly SettledRange[]>> {
  const topic = await openCompactedTopic({ connection, topic: SETTLED_TOPIC.name, signal });
  await topic.close();
  const ranges = [...topic.entries].map(([key, value]) => decodeRange(key, value)).filter((range) => range !== null);
  const byTopic = new Map<string, SettledRange[]>();
  for (const range of ranges) byTopic.set(range.topic, [...(byTopic.get(range.topic) ?? []), range]);
  return byTopic;
}

export interface LettersOptions {
  readonly connection: KafkaConnection;
  readonly topic: LetterTopic;
  readonly ranges: readonly SettledRange[];
  readonly signal: AbortSignal;
}

/** The letters that nobody has replayed or dropped, piece by piece as they are read. */
export async function* openLetters({
  connection,
  topic,
  ranges,
  signal,
}: LettersOptions): AsyncGenerator<readonly DeadLetterRecord[], void, void> {
  const settled = new SettledLetters(ranges);
  for await (const records of readTopic({ connection, topic: topic.name, ends: topic.ends, signal })) {
    yield records.filter((record) => !settled.has(record)).map(readDeadLetter);
  }
}
