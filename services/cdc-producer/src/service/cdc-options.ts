import type { SourceTable } from "@freshet/process/source-configuration";
import type { Logger } from "@freshet/streaming/logger";
import type { PostgresAddress } from "@freshet/postgres/session";
import type { Polling } from "../poll/polling.js";
import type { Kafka } from "./kafka.js";
import type { EventFormatName } from "../events/event-formats.js";
import type { CdcMetrics } from "./metrics.js";

export interface CdcOptions {
  readonly address: PostgresAddress;
  readonly source: {
    readonly mode: "wal" | "poll";
    readonly publication: string;
    readonly slot: string;
    readonly format: EventFormatName;
    readonly tables: readonly SourceTable[];
    /** How many tables are read at the same time. */
    readonly snapshot: { readonly parallel: number };
    readonly poll: { readonly intervalSeconds: number; readonly overlapSeconds: number };
  };
  readonly partitions: number;
  readonly kafka: Kafka;
  readonly metrics: CdcMetrics;
  readonly polling: Polling;
  readonly logger: Logger;
  readonly timing: CdcTiming;
}

/** All in ms. */
export interface CdcTiming {
  /** How long an instance that says nothing keeps the lease. */
  readonly leaseTimeoutMs: number;
  /** How often a waiting instance asks for the lease. */
  readonly leasePollMs: number;
  /** Least time between two writes of the state, and so between two confirmations to Postgres. */
  readonly stateIntervalMs: number;
  /** Time between two writes of a state that doesn't change: a sign of life. */
  readonly stateIdleIntervalMs: number;
  /** How long a slot's creation waits for a transaction that is open. */
  readonly slotTimeoutMs: number;
  /** How often it is looked whether the tables and the slot are as they were. */
  readonly watchIntervalMs: number;
  /** How long the WAL sender may be silent before its connection is given up, when its own time-out is off. */
  readonly silenceLimitMs: number;
  /** How long a stop waits for Kafka to take what has been read. */
  readonly drainTimeoutMs: number;
}

export const TIMING: CdcTiming = {
  leaseTimeoutMs: 30_000,
  leasePollMs: 1_000,
  stateIntervalMs: 2_000,
  stateIdleIntervalMs: 30_000,
  slotTimeoutMs: 60_000,
  watchIntervalMs: 10_000,
  silenceLimitMs: 60_000,
  drainTimeoutMs: 10_000,
};
