import { runService } from "@freshet/process/run-service";
import { VectorSink } from "./service.js";

// What an embedded store writes is for this user alone.
process.umask(0o077);

await runService({
  name: "vector-sink",
  defaultPort: 8085,
  environment: process.env,
  start: (context) => VectorSink.open(context),
});
