import { ConfigurationError } from "@freshet/process/configuration-file";
import { runService } from "@freshet/process/run-service";
import { COMMANDS_TOPIC, deadLetterTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin, requireBroker } from "@freshet/streaming/kafka/topic-admin";
import { PollMetrics } from "./poll/poll-metrics.js";
import { SyncRequests } from "./poll/sync-requests.js";
import { addSyncRoute } from "./poll/sync-route.js";
import { TIMING } from "./service/cdc-options.js";
import { CdcService } from "./service/cdc-service.js";
import { CdcMetrics } from "./service/metrics.js";

await runService({
  name: "cdc-producer",
  defaultPort: 8083,
  environment: process.env,
  start: async ({ configuration, environment, logger, registry, http }) => {
    if (configuration.source.tables.length === 0) {
      throw new ConfigurationError("There is nothing to capture: name a table in source.tables of your freshet.yaml.");
    }
    const connection = { ...environment.kafka, logger };
    await requireBroker(connection);
    const requests = new SyncRequests();
    const { syncApiKey } = environment;
    if (syncApiKey !== undefined) {
      await addSyncRoute(http, {
        apiKey: syncApiKey,
        requests: configuration.source.mode === "poll" ? requests : null,
      });
    }
    return new CdcService({
      address: { ...environment.postgres, applicationName: "freshet-cdc-producer" },
      source: configuration.source,
      partitions: configuration.topics.partitions,
      kafka: {
        openTopics: () => connectTopicAdmin(connection),
        openChannel: (gate) => openDeliveryChannel({ connection, deadLetterTopic, registry, gate }),
        openCommands: (signal) => openCompactedTopic({ connection, topic: COMMANDS_TOPIC, signal }),
        readStates: async (signal) => {
          const states = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
          // Leaving takes a while, and nobody has to wait for it.
          states.close().catch(() => undefined);
          return states.entries;
        },
      },
      metrics: new CdcMetrics(registry),
      polling: { requests, metrics: new PollMetrics(registry) },
      logger,
      timing: TIMING,
    });
  },
});
