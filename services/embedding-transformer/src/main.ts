import { runService } from "@freshet/process/run-service";
import { requireBroker } from "@freshet/streaming/kafka/topic-admin";
import { EmbeddingTransformer } from "./service.js";

// The runtime reads it when its library is loaded; without it, it reports its use to its maker.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";

await runService({
  name: "embedding-transformer",
  defaultPort: 8084,
  environment: process.env,
  start: async (context) => {
    await requireBroker({ ...context.environment.kafka, logger: context.logger });
    return new EmbeddingTransformer(context);
  },
});
