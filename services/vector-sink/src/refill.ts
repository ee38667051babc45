import type { RunningGeneration } from "@freshet/generations/running-generation";
import { documentsTopicOf, sinkGroupOf } from "@freshet/generations/running-generation";
import { RetriableError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import { startDecision } from "./plan/start-decision.js";

interface Refill {
  readonly generation: RunningGeneration;
  /** The store's name in freshet.yaml. */
  readonly storeName: string;
  /** Whether sinks say that they have stored rows of it there. */
  readonly hasStored: () => boolean;
  readonly connection: KafkaConnection;
}

/**
 * For a start without a collection: has the generation's documents read from the beginning if its store has lost them.
 *
 * @throws {RetriableError} while others read on behind what is lost, or the broker or its leave to do it is missing.
 */
export async function refillIfLost(refill: Refill): Promise<void> {
  const { generation, storeName: store, connection } = refill;
  const { index } = generation;
  const [topic, group] = [documentsTopicOf(generation), sinkGroupOf(store, generation)];
  const admin = await connectTopicAdmin(connection);
  try {
    const { members, partitions } = await admin.groupProgress(group, [topic]);
    const hasRead = partitions.some(({ committed }) => committed !== null && committed > 0n);
    const decision = startDecision({ hasRead, hasStored: refill.hasStored(), members });
    switch (decision) {
      case "go-on":
        return;
      case "refill":
        await forget(refill, admin);
        connection.logger.warn(
          { index, store, topic },
          `Store ${store} has no collection of index ${index}, whose topic was read before: it is read again from its beginning.`,
        );
        return;
      case "wait":
        throw new RetriableError(
          `Store ${store} has lost index ${index}, and it can't be filled again while other vector-sinks are in the ` +
            `group ${group}: they end at the next row that changes; or stop them.`,
        );
      default:
        decision satisfies never;
    }
  } finally {
    await admin.close();
  }
}

/** Another sink that starts may be in the group by now: then it's for this one to look again. */
async function forget({ generation, storeName: store }: Refill, admin: TopicAdmin): Promise<void> {
  const { index } = generation;
  const group = sinkGroupOf(store, generation);
  try {
    await admin.deleteGroup(group);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new RetriableError(
      `Store ${store} has no collection of index ${index}, and the group ${group} can't be deleted to fill it again ` +
        `(${reason}). Unless another vector-sink is at it, grant this client Delete on the group.`,
      { cause: error },
    );
  }
}
