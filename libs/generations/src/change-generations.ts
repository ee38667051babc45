import { generationsStateKey, type GenerationsState } from "@freshet/schemas/index-generations";
import { encodeState } from "@freshet/schemas/service-state";
import { CONTROL_TOPICS, STATE_TOPIC } from "@freshet/schemas/topics";
import { RetriableError } from "@freshet/streaming/errors";
import { fencedWrite } from "@freshet/streaming/kafka/fenced-write";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { GenerationsFeed, type GenerationsFeedOptions } from "./generations-feed.js";

const ATTEMPTS = 5;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Changes an index's record from what it is now: of several who do so at once, each sees what the one before has written.
 *
 * @param change null leaves it as it is; may be called several times. @returns what is recorded then.
 * @throws {RetriableError} no broker answers. @throws {FatalError} the record can't be read, or this client may not write it.
 * @throws what `change` throws. @throws the signal's reason.
 */
export async function changeGenerations(
  index: string,
  { configuration, connection, signal }: GenerationsFeedOptions,
  change: (state: GenerationsState | undefined) => GenerationsState | null,
): Promise<GenerationsState | undefined> {
  const topics = await connectTopicAdmin(connection);
  const key = generationsStateKey(index);
  const transactionalId = `freshet.generations.${index}`;
  const options = { connection, topics, requestTimeoutMs: REQUEST_TIMEOUT_MS, transactionalId };
  let result: GenerationsState | undefined;
  const decide = async () => {
    const feed = await GenerationsFeed.open({ configuration, connection, signal });
    await feed.close();
    const state = feed.state(index);
    const changed = change(state);
    result = changed ?? state;
    return changed === null ? [] : [{ topic: STATE_TOPIC, key, value: encodeState(changed) }];
  };
  try {
    for (const topic of CONTROL_TOPICS) await topics.ensureTopic(topic);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await fencedWrite(options, decide);
        return result;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof RetriableError) || attempt === ATTEMPTS) throw error;
      }
    }
  } finally {
    await topics.close();
  }
}
