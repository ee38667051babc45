import { randomBytes } from "node:crypto";
import { cacheDirectory } from "@freshet/local-stack/cache";
import { startLocalStack } from "@freshet/local-stack/local-stack";
import type {} from "@freshet/local-stack/testing-context";
import type { TestProject } from "vitest/node";

/** Starts the servers once for all tests of the project `servers`, and stops them after the last. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const environment = process.env;
  const started = performance.now();
  const downloads = (message: string): void => {
    if (message.startsWith("Downloading")) console.log(message);
  };
  const stack = await startLocalStack({ environment, dtype: "q8", onProgress: downloads });
  const seed = environment.FRESHET_TEST_SEED ?? randomBytes(4).toString("hex");
  project.provide("testStack", {
    postgresUrl: stack.postgres.url,
    brokers: stack.kafka.brokers,
    modelDirectory: stack.modelDirectory,
    cache: environment.FRESHET_MODEL_DIR ? undefined : cacheDirectory(environment),
    seed,
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `Postgres (port ${stack.postgres.port}) and Kafka (${stack.kafka.brokers.join(", ")}) are up after ${seconds} s; FRESHET_TEST_SEED=${seed}`,
  );
  return () => stack.stop();
}
