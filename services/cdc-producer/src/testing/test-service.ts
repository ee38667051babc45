import { kafkaBrokers, randomName } from "@freshet/local-stack/testing";
import type { SourceTable } from "@freshet/process/source-configuration";
import { COMMANDS_TOPIC, deadLetterTopic, STATE_TOPIC } from "@freshet/schemas/topics";
import { openCompactedTopic } from "@freshet/streaming/kafka/compacted-topic";
import { openDeliveryChannel } from "@freshet/streaming/kafka/delivery-channel";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { Registry } from "prom-client";
import { onTestFinished } from "vitest";
import { PollMetrics } from "../poll/poll-metrics.js";
import { SyncRequests } from "../poll/sync-requests.js";
import { silentLogger } from "./silent-logger.js";
import { TIMING, type CdcTiming } from "../service/cdc-options.js";
import { CdcService } from "../service/cdc-service.js";
import { CdcMetrics } from "../service/metrics.js";

export interface TestServiceOptions {
  readonly url: string;
  readonly slot: string;
  /** Default: one of its own. */
  readonly publication?: string;
  readonly tables: readonly SourceTable[];
  readonly timing?: Partial<CdcTiming>;
  /** Polls instead of reading the WAL. */
  readonly poll?: { readonly intervalSeconds: number; readonly overlapSeconds: number };
}

export interface RunningService {
  readonly service: CdcService;
  readonly registry: Registry;
  readonly requests: SyncRequests;
  /** Settles when the service has ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The whole producer, in this process, with the real broker and database. */
export function startService({
  url,
  slot,
  publication = `${slot}_p`,
  tables,
  timing = {},
  poll,
}: TestServiceOptions): RunningService {
  const registry = new Registry();
  const requests = new SyncRequests();
  const connection = { brokers: kafkaBrokers(), clientId: randomName("cdc"), logger: silentLogger };
  const service = new CdcService({
    address: { connectionString: url, applicationName: slot },
    source: {
      ...{ publication, slot, tables, format: "debezium", snapshot: { parallel: 2 } },
      mode: poll === undefined ? "wal" : "poll",
      poll: poll ?? { intervalSeconds: 10, overlapSeconds: 60 },
    },
    partitions: 3,
    kafka: {
      openTopics: () => connectTopicAdmin(connection),
      openChannel: (gate) => openDeliveryChannel({ connection, deadLetterTopic, registry, gate }),
      readStates: async (signal) => {
        const states = await openCompactedTopic({ connection, topic: STATE_TOPIC, signal });
        states.close().catch(() => undefined);
        return states.entries;
      },
      openCommands: (signal) => openCompactedTopic({ connection, topic: COMMANDS_TOPIC, signal }),
    },
    metrics: new CdcMetrics(registry),
    polling: { requests, metrics: new PollMetrics(registry) },
    logger: silentLogger,
    timing: { ...TIMING, leasePollMs: 50, stateIntervalMs: 100, ...timing },
  });
  const stopping = new AbortController();
  const ended = service.run(stopping.signal);
  ended.catch(() => undefined);
  const stop = () => {
    stopping.abort();
    return ended;
  };
  onTestFinished(() => stop().catch(() => undefined));
  return { service, registry, requests, ended, stop };
}

/** What a topic says last of each key; goes on changing. */
export async function followTopic(topic: string): Promise<ReadonlyMap<string, string>> {
  const connection = { brokers: kafkaBrokers(), clientId: randomName("follower"), logger: silentLogger };
  const reader = await openCompactedTopic({ connection, topic, signal: new AbortController().signal });
  onTestFinished(() => reader.close());
  return reader.entries;
}
