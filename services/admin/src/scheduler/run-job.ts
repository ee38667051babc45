import type { Configuration } from "@freshet/process/configuration";
import type { Environment } from "@freshet/process/environment";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { Logger } from "@freshet/process/logger";
import { backUpStore } from "../stores/backup.js";
import { optimiseStore } from "../stores/optimise.js";
import { runDeadLetters } from "./jobs/dead-letters-job.js";
import { runSnapshot } from "./jobs/snapshot-job.js";
import { runForStores } from "./jobs/store-jobs.js";
import { runVerify } from "./jobs/verify-job.js";
import type { JobOutcome, PlannedJob } from "./job-plan.js";
import { LoggingTerminal } from "./logging-terminal.js";

export interface RunJobOptions {
  readonly configuration: Configuration;
  readonly environment: Environment;
  readonly connection: KafkaConnection;
  readonly logger: Logger;
}

/** By what the commands of the same name do. @throws what they throw, in a sentence. */
export async function runJob(
  { name, settings }: PlannedJob,
  { logger, ...options }: RunJobOptions,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const terminal = new LoggingTerminal(logger.child({ job: name }));
  const context = { ...options, terminal, signal };
  switch (settings.job) {
    case "verify":
      return runVerify(settings, context);
    case "snapshot":
      return runSnapshot(settings, context);
    case "optimise": {
      const { stores } = settings;
      return runForStores({ stores, work: (own, name) => optimiseStore(own, { name, json: false }) }, context);
    }
    case "backup": {
      const { stores, keep } = settings;
      return runForStores({ stores, work: (own, name) => backUpStore(own, { name, keep, json: false }) }, context);
    }
    case "dead-letters":
      return runDeadLetters(context);
    default:
      return settings satisfies never;
  }
}
