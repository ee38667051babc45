import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import { embeddingsTopic, tableTopic } from "@freshet/schemas/topics";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";
import type { Client } from "pg";
import { until } from "./until.js";

export interface WatchedPipeline {
  readonly brokers: readonly string[];
  /** A client of the source database. */
  readonly client: Client;
  /** Slot, publication and index carry this name. */
  readonly name: string;
  /** As configured. */
  readonly table: { readonly schema: string; readonly name: string; readonly topic?: string };
  readonly timeoutMs: number;
}

export const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export async function withTopicAdmin<T>(
  brokers: readonly string[],
  work: (admin: TopicAdmin) => Promise<T>,
): Promise<T> {
  const admin = await connectTopicAdmin({ brokers: [...brokers], clientId: "freshet.test", logger: silent });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

/**
 * Resolves when all that is committed by now has passed through the whole pipeline: the slot has confirmed the
 * present WAL end, then the transformer has committed the ends of its input, then the sink.
 */
export async function passedThrough(pipeline: WatchedPipeline): Promise<void> {
  const { client, name, table, timeoutMs } = pipeline;
  const end = await client.query<{ lsn: string }>("SELECT pg_current_wal_insert_lsn()::text AS lsn");
  const confirmed = async () => {
    const { rows } = await client.query<{ passed: boolean }>(
      "SELECT confirmed_flush_lsn >= $2::pg_lsn AS passed FROM pg_replication_slots WHERE slot_name = $1",
      [name, end.rows[0]?.lsn],
    );
    return rows[0]?.passed === true;
  };
  await until(confirmed, { what: `slot ${name} has confirmed ${end.rows[0]?.lsn ?? ""}`, timeoutMs });
  await withTopicAdmin(pipeline.brokers, async (admin) => {
    await caughtUp(admin, transformerGroup(name), tableTopic(table, [table]), timeoutMs);
    await caughtUp(admin, sinkGroup("main", name), embeddingsTopic(name), timeoutMs);
  });
}

async function caughtUp(admin: TopicAdmin, group: string, topic: string, timeoutMs: number): Promise<void> {
  const done = async () => {
    const { partitions } = await admin.groupProgress(group, [topic]);
    return partitions.length > 0 && partitions.every(({ committed, end }) => end === 0n || committed === end);
  };
  await until(done, { what: `${group} has done all of ${topic}`, timeoutMs, everyMs: 200 });
}
