import type { Admin } from "kafkajs";
import type { TopicPartition } from "../assignment/assigned-partition.js";
import type { Logger } from "../logger.js";
import type { AdminClient } from "./admin-client.js";

/** A partition and where to read on; null: behind what the group has committed. */
export interface Wanted extends TopicPartition {
  readonly offset: bigint | null;
}

export interface StartPosition extends TopicPartition {
  readonly offset: bigint;
  /** Of the log. */
  readonly end: bigint;
}

interface PositionOptions {
  readonly admin: AdminClient;
  readonly group: string;
  readonly logger: Logger;
}

/**
 * The wanted offset if the log still holds it, else the beginning, and how many records are gone unread. A wanted
 * offset behind the end is of a topic that was deleted and made anew.
 */
export function startOffset(wanted: bigint, log: { low: bigint; high: bigint }): { offset: bigint; lost: bigint } {
  if (wanted < 0n || wanted > log.high) return { offset: log.low, lost: 0n };
  return wanted < log.low ? { offset: log.low, lost: log.low - wanted } : { offset: wanted, lost: 0n };
}

/** @throws {RetriableError} @throws {FatalError} */
export function startPositions(wanted: readonly Wanted[], options: PositionOptions): Promise<StartPosition[]> {
  const { admin, group } = options;
  const topics = [...new Set(wanted.map(({ topic }) => topic))];
  return admin.ask({ group, topics }, async (kafka) => {
    const positions: StartPosition[] = [];
    for (const topic of topics) {
      const ofTopic = wanted.filter((one) => one.topic === topic);
      positions.push(...(await positionsOfTopic(kafka, ofTopic, topic, options)));
    }
    return positions;
  });
}

async function positionsOfTopic(
  kafka: Admin,
  wanted: readonly Wanted[],
  topic: string,
  { group, logger }: PositionOptions,
): Promise<StartPosition[]> {
  const [committed] = await kafka.fetchOffsets({ groupId: group, topics: [topic] });
  const ends = await kafka.fetchTopicOffsets(topic);
  return wanted.map(({ partition, offset }) => {
    const log = ends.find((end) => end.partition === partition) ?? { low: "0", high: "0" };
    const ofGroup = committed?.partitions.find((found) => found.partition === partition)?.offset;
    const start = startOffset(offset ?? BigInt(ofGroup ?? -1), { low: BigInt(log.low), high: BigInt(log.high) });
    if (start.lost > 0n) {
      logger.error(
        { group, topic, partition, earliest: log.low, lost: String(start.lost) },
        `${start.lost} records of topic ${topic}, partition ${partition}, were deleted before group ${group} read them: ` +
          "what they said is missing. Have their source captured again, and raise the topic's retention.",
      );
    }
    return { topic, partition, offset: start.offset, end: BigInt(log.high) };
  });
}
