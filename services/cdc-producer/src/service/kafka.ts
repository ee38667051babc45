import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { RequestGate } from "@freshet/streaming/request-gate";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";

/** What the producer needs of the broker. */
export interface Kafka {
  openTopics(): Promise<TopicAdmin>;
  /** @param gate lets nothing be sent once another instance may have taken over. */
  openChannel(gate: RequestGate): Promise<DeliveryChannel>;
  /** The state topic's records as they are now. */
  readStates(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** The commands topic, as it is and as it becomes. */
  openCommands(signal: AbortSignal): Promise<CompactedTopic>;
}
