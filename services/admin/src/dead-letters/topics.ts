import { deadLetterTopic } from "@freshet/schemas/topics";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { FatalError } from "@freshet/streaming/errors";

const PREFIX = deadLetterTopic("");

/** A dead-letter topic, and how far it goes now: what comes later isn't looked at. */
export interface LetterTopic {
  readonly name: string;
  readonly ends: ReadonlyMap<number, bigint>;
  /** By partition, the first offset that is still there. */
  readonly starts: ReadonlyMap<number, bigint>;
}

/** @param given the dead-letter topic, or the one whose letters are in it. @throws {FatalError} there is none. */
export async function letterTopic(admin: TopicAdmin, given: string): Promise<LetterTopic> {
  const name = given.startsWith(PREFIX) ? given : deadLetterTopic(given);
  const topic = await extentOf(admin, name);
  if (topic !== null) return topic;
  throw new FatalError(`There is no topic ${name}, so there are no dead letters of it: freshet dlq list shows all.`);
}

export async function allLetterTopics(admin: TopicAdmin): Promise<LetterTopic[]> {
  const names = (await admin.topicNames()).filter((name) => name.startsWith(PREFIX)).sort();
  const topics = await Promise.all(names.map((name) => extentOf(admin, name)));
  return topics.filter((topic) => topic !== null);
}

async function extentOf(admin: TopicAdmin, name: string): Promise<LetterTopic | null> {
  const offsets = await admin.topicOffsets(name);
  if (offsets === null) return null;
  const held = offsets.filter(({ low, end }) => end > low);
  return {
    name,
    starts: new Map(held.map(({ partition, low }) => [partition, low])),
    ends: new Map(held.map(({ partition, end }) => [partition, end])),
  };
}
