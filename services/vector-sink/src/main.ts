import { runService } from "@freshet/process/run-service";
import { requireBroker } from "@freshet/streaming/kafka/topic-admin";
import { VectorSink } from "./service.js";

// What an embedded store writes is for this user alone.
process.umask(0o077);

await runService({
  name: "vector-sink",
  defaultPort: 8085,
  environment: process.env,
  start: async (context) => {
    await requireBroker({ ...context.environment.kafka, logger: context.logger });
    return VectorSink.open(context);
  },
});
