import { sinkGroupOf, type RunningGeneration } from "@freshet/generations/running-generation";
import { RetriableError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { retrying } from "@freshet/streaming/retry";
import { isEmbedded, type EmbeddedStore } from "@freshet/vector-stores/embedded-store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";

export interface RestoredStoresOptions {
  readonly generations: readonly RunningGeneration[];
  readonly stores: ReadonlyMap<string, VectorStore>;
  readonly connection: KafkaConnection;
  /** Ends the waiting for the broker; what it was aborted with is thrown. */
  readonly signal: AbortSignal;
}

/**
 * A store that was restored from a backup is behind what its consumer groups have committed. They forget that before
 * they are joined, so every topic is read from its beginning again: what the store has is passed over, what it lacks
 * is written. The broker is waited for.
 */
export async function rereadForRestored(options: RestoredStoresOptions): Promise<void> {
  for (const [name, store] of options.stores) {
    if (isEmbedded(store)) await reread(name, store, options);
  }
}

async function reread(
  name: string,
  store: EmbeddedStore,
  { generations, connection, signal }: RestoredStoresOptions,
): Promise<void> {
  const takenAt = await store.files.restoredFrom();
  if (takenAt === null) return;
  const stored = generations.filter(({ settings }) => settings.stores.includes(name));
  const indexes = [...new Set(stored.map(({ index }) => index))];
  const groups = stored.map((generation) => sinkGroupOf(name, generation));
  await retrying(() => forgetOffsets(connection, groups), {
    signal,
    onFailure: ({ message }) => connection.logger.warn({ store: name }, `${message} Trying again (restored store).`),
  });
  await store.files.heedRestore();
  connection.logger.warn(
    { store: name, takenAt, indexes },
    "The store was restored from a backup, so its indexes' topics are read from their beginning again. Rows that were " +
      "deleted since are deleted again, unless that is longer ago than the topics keep deletions, 7 days: then run " +
      "`freshet verify --repair`.",
  );
}

async function forgetOffsets(connection: KafkaConnection, groups: readonly string[]): Promise<void> {
  const admin = await connectTopicAdmin(connection);
  try {
    for (const group of groups) {
      const { state, members } = await admin.groupProgress(group, []);
      // Of a sink that was killed; the broker gives it up when its session ends.
      if (members > 0) throw new RetriableError(`The group ${group} still has members: stop other vector-sinks of it.`);
      if (state !== "Dead") await admin.deleteGroup(group);
    }
  } finally {
    await admin.close();
  }
}
