import { setTimeout as delay } from "node:timers/promises";
import { sinkGroupOf } from "@freshet/generations/running-generation";
import { RetriableError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { retrying } from "@freshet/streaming/retry";
import { findCollection } from "@freshet/vector-stores/find-collection";
import { dropWithPartitions } from "@freshet/vector-stores/partitioned/drop";
import type { SinkPart } from "./sink-parts.js";
import { toStreamError } from "./store-failure.js";

/** Who was late may make the collection once more. */
const LOOK_AGAIN_MS = 10_000;

/**
 * Drops what a store has of a generation, as soon as no sink writes it any more; until the signal is aborted.
 *
 * @throws {FatalError} when the store or the broker refuses it for good.
 */
export async function dropGeneration(part: SinkPart, connection: KafkaConnection, signal: AbortSignal): Promise<void> {
  const { storeName: store, generation } = part;
  const { index, number } = generation;
  while (!signal.aborted) {
    const attempt = () =>
      drop(part, connection).catch(async (error: unknown) => {
        throw await toStreamError(error, { index, store, isGone: () => Promise.resolve(false) });
      });
    const onFailure = ({ message }: Error) =>
      connection.logger.warn({ index, store, generation: number }, `${message} Trying again (dropping).`);
    await retrying(attempt, { signal, onFailure }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** @throws {RetriableError} while others write it, or searches are answered by it. */
async function drop({ generation, storeName, store }: SinkPart, connection: KafkaConnection): Promise<void> {
  const { index, number } = generation;
  const found = await findCollection(store, { index, generation: number });
  if (!found) return;
  const { name } = found;
  if (generation.serving || (await store.resolveAlias(index)) === name) {
    throw new RetriableError(
      `The collection ${name} in store ${storeName} can't be dropped: index ${index} is answered by it until another ` +
        `generation's is there.`,
    );
  }
  await requireNoMembers(sinkGroupOf(storeName, generation), connection);
  await dropWithPartitions(store, name);
  connection.logger.info(
    { index, store: storeName, generation: number, collection: name },
    "The collection is dropped.",
  );
}

async function requireNoMembers(group: string, connection: KafkaConnection): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  try {
    const { members } = await admin.groupProgress(group, []);
    if (members > 0) throw new RetriableError(`Other vector-sinks are still in the group ${group}.`);
  } finally {
    await admin.close();
  }
}
