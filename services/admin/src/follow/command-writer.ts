import { encodeSourceCommand, sourceCommandKey, type SourceCommand } from "@freshet/schemas/source-command";
import { COMMANDS_TOPIC, CONTROL_TOPICS } from "@freshet/schemas/topics";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { IdempotentProducer } from "@freshet/streaming/kafka/record-producer";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";

const REQUEST_TIMEOUT_MS = 10_000;

/** Resolves once the broker has them for good. @throws {RetriableError | FatalError} in a sentence. */
export async function writeCommands(connection: KafkaConnection, commands: readonly SourceCommand[]): Promise<void> {
  const topics = await connectTopicAdmin(connection);
  const producer = new IdempotentProducer({ connection, topics, requestTimeoutMs: REQUEST_TIMEOUT_MS });
  try {
    for (const topic of CONTROL_TOPICS) await topics.ensureTopic(topic);
    const records = commands.map((command) => ({
      topic: COMMANDS_TOPIC,
      key: sourceCommandKey(command),
      value: encodeSourceCommand(command),
    }));
    for (const record of await producer.address(records)) await producer.send([record]);
  } finally {
    await producer.close();
    await topics.close();
  }
}
