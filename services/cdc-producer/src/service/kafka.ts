import type { DeliveryChannel } from "@freshet/streaming/delivery-channel";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";

/** What the producer needs of the broker. */
export interface Kafka {
  openTopics(): Promise<TopicAdmin>;
  openChannel(): Promise<DeliveryChannel>;
  /** The state topic's records as they are now. */
  readStates(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
}
