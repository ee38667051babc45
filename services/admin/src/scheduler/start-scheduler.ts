import type { Service, ServiceContext } from "@freshet/process/run-service";
import { schedulerGroup } from "@freshet/schemas/consumer-groups";
import { CONTROL_TOPICS, STATE_TOPIC } from "@freshet/schemas/topics";
import { GroupLeadership } from "@freshet/streaming/kafka/group-leadership";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { StreamMetrics } from "@freshet/streaming/metrics";
import { Troubles } from "@freshet/streaming/troubles";
import { runJob } from "./run-job.js";
import { Scheduler } from "./scheduler.js";
import { SchedulerMetrics } from "./scheduler-metrics.js";

/** @throws {RetriableError} when no broker answers. @throws {FatalError} when it doesn't let the state topic be made. */
export async function startScheduler({
  configuration,
  environment,
  logger,
  registry,
}: Omit<ServiceContext, "http" | "signal">): Promise<Service> {
  const { sessionTimeoutMs } = environment.kafka;
  const connection = { ...environment.kafka, logger };
  const admin = await connectTopicAdmin(connection);
  try {
    for (const topic of CONTROL_TOPICS) await admin.ensureTopic(topic);
  } finally {
    await admin.close();
  }
  const jobs = Object.entries(configuration.schedule).map(([name, settings]) => ({ name, settings }));
  if (jobs.length === 0) logger.warn({}, "Nothing is scheduled: name jobs under schedule in freshet.yaml.");
  const { slot } = configuration.source;
  const group = schedulerGroup(slot);
  return new Scheduler({
    ...{ jobs, connection, sessionTimeoutMs, slot },
    run: (job, signal) => runJob(job, { configuration, environment, connection, logger }, signal),
    leadership: new GroupLeadership({ connection, group, sessionTimeoutMs, topic: STATE_TOPIC }),
    metrics: new SchedulerMetrics(registry),
    troubles: new Troubles({ logger, metrics: new StreamMetrics(registry), group }),
  });
}
