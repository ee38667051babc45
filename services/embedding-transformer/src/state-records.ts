import { encodeState, stateKey, type ServiceState } from "@freshet/schemas/service-state";
import { CONTROL_TOPICS, deadLetterTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { retrying, type RetryOptions } from "@freshet/streaming/retry";
import type { Registry } from "prom-client";
import { orAborted } from "./batch/call-stream.js";

interface StateChannelOptions {
  readonly connection: KafkaConnection;
  readonly registry: Registry;
}

const CLOSE_TIMEOUT_MS = 2_000;

/** Makes the state topic if need be. @throws {RetriableError} no broker answers. @throws {FatalError} not allowed. */
export async function openStateChannel({ connection, registry }: StateChannelOptions): Promise<DeliveryChannel> {
  const admin = await connectTopicAdmin(connection);
  try {
    for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
  } finally {
    await admin.close();
  }
  return openDeliveryChannel({ connection, deadLetterTopic, registry });
}

/**
 * Resolves when the state topic has them.
 *
 * @param decide called when they can be written at once. @throws {FatalError} not allowed. @throws the signal's reason.
 */
export async function writeStates(
  decide: () => readonly ServiceState[],
  options: StateChannelOptions & Pick<RetryOptions, "signal" | "onFailure">,
): Promise<void> {
  const channel = await retrying(() => openStateChannel(options), options);
  try {
    for (const state of decide())
      channel.offer({ topic: STATE_TOPIC, key: stateKey(state), value: encodeState(state) });
    await orAborted(options.signal, channel.flush());
  } finally {
    await channel.close(CLOSE_TIMEOUT_MS);
  }
}
