import { runService } from "@freshet/process/run-service";
import { EmbeddingTransformer } from "./service.js";

await runService({
  name: "embedding-transformer",
  defaultPort: 8084,
  environment: process.env,
  start: (context) => Promise.resolve(new EmbeddingTransformer(context)),
});
