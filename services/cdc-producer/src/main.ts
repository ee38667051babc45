import { runService } from "@freshet/process/run-service";
import { deadLetterTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin, requireBroker } from "@freshet/streaming/kafka/topic-admin";
import { TIMING } from "./service/cdc-options.js";
import { CdcService } from "./service/cdc-service.js";
import { CdcMetrics } from "./service/metrics.js";

await runService({
  name: "cdc-producer",
  defaultPort: 8083,
  environment: process.env,
  start: async ({ configuration, environment, logger, registry }) => {
    const { brokers, clientId } = environment.kafka;
    const connection = { brokers, clientId, logger };
    await requireBroker(connection);
    return new CdcService({
      address: { ...environment.postgres, applicationName: "freshet-cdc-producer" },
      source: configuration.source,
      partitions: configuration.topics.partitions,
      kafka: {
        openTopics: () => connectTopicAdmin(connection),
        openChannel: (gate) => openDeliveryChannel({ connection, deadLetterTopic, registry, gate }),
        readStates: async (signal) => {
          const states = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
          // Leaving takes a while, and nobody has to wait for it.
          states.close().catch(() => undefined);
          return states.entries;
        },
      },
      metrics: new CdcMetrics(registry),
      logger,
      timing: TIMING,
    });
  },
});
