import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import { encodeSourceCommand, sourceCommandKey, type SourceCommand } from "@freshet/schemas/source-command";
import { COMMANDS_TOPIC, deadLetterTopic } from "@freshet/schemas/topics";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { Registry } from "prom-client";
import { silentLogger } from "./silent-logger.js";

/** As `freshet` does. */
export async function sendCommand(command: SourceCommand): Promise<void> {
  const connection = { brokers: kafkaBrokers(), clientId: randomName("cli"), logger: silentLogger };
  const channel = await openDeliveryChannel({ connection, deadLetterTopic, registry: new Registry() });
  channel.offer({ topic: COMMANDS_TOPIC, key: sourceCommandKey(command), value: encodeSourceCommand(command) });
  await channel.flush();
  await channel.close(0);
}
