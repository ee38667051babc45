import { delay } from "@freshet/streaming/back-off";
import { FatalError } from "@freshet/streaming/errors";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { retrying } from "@freshet/streaming/retry";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";

/** Between two looks for a topic that isn't there yet. */
const POLL_MS = 1000;

const OUTPUT_CONFIG = {
  "cleanup.policy": "compact",
  // How long a store may be away and still learn of every delete: 7 days.
  "delete.retention.ms": String(7 * 24 * 60 * 60 * 1000),
  // A row's text and payload beside its vectors.
  "max.message.bytes": String(4 * 1024 * 1024),
};

export interface PrepareOptions {
  readonly input: string;
  readonly output: string;
  readonly signal: AbortSignal;
  /** Called with what is being waited for. */
  readonly onWaiting: (reason: string) => void;
}

/**
 * Waits until the broker answers and the input topic exists, then makes the output topic with as many partitions, so
 * that a row keeps its partition number from end to end.
 *
 * @throws {FatalError} when the output topic exists with another partition count. @throws the signal's reason.
 */
export async function prepareOutputTopic(connection: KafkaConnection, options: PrepareOptions): Promise<void> {
  const attempt = async () => {
    const admin = await connectTopicAdmin(connection);
    await prepare(admin, options).finally(() => admin.close());
  };
  await retrying(attempt, {
    signal: options.signal,
    onFailure: ({ message }) => {
      connection.logger.warn({ output: options.output }, message);
      options.onWaiting(message);
    },
  });
}

async function prepare(admin: TopicAdmin, { input, output, signal, onWaiting }: PrepareOptions): Promise<void> {
  let partitions = await admin.partitionCount(input);
  while (partitions === null) {
    onWaiting(`the topic ${input} isn't there yet; whoever writes to it makes it: for a table, the CDC producer`);
    await delay(POLL_MS, signal);
    partitions = await admin.partitionCount(input);
  }
  const found = await admin.ensureTopic({ name: output, partitions, config: OUTPUT_CONFIG });
  if (found !== partitions) {
    throw new FatalError(
      `The topic ${output} has ${found} partitions but ${input} has ${partitions}, so rows can't keep theirs: ` +
        `index the table under another name.`,
    );
  }
}
