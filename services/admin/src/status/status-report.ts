import type { Configuration } from "@freshet/process/configuration";
import { formatRows } from "@freshet/process/index-configuration";
import { sinkGroup, transformerGroup } from "@freshet/schemas/consumer-groups";
import { addUsage, type EmbeddingUsage } from "@freshet/schemas/embedding-usage";
import { addTableRows, type TableRows } from "@freshet/schemas/row-counts";
import type { AppliedState, EmbeddedState, ServiceState, StoredState } from "@freshet/schemas/service-state";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import type { GroupProgress } from "@freshet/streaming/topic-admin";
import { sourceStatus, type SourceStatus } from "./source-status.js";

/** What `freshet status` shows; `--json` prints it as it is. */
export interface StatusReport {
  /** Null until a producer has written its state. */
  readonly source: SourceStatus | null;
  readonly indexes: readonly IndexStatus[];
}

export interface IndexStatus {
  readonly index: string;
  /** `schema.table`; of an index with a topic of its own, the topic. */
  readonly table: string;
  readonly transformer: ConsumerStatus;
  /** Since the beginning; null until a transformer has reported. */
  readonly embedding: EmbeddingStatus | null;
  readonly sinks: readonly SinkStatus[];
}

export interface EmbeddingStatus extends EmbeddingUsage {
  /** Of the texts, how many cost no inference, from 0 to 1; null before the first. */
  readonly hitRate: number | null;
}

export interface ConsumerStatus {
  readonly group: string;
  readonly state: string;
  readonly instances: number;
  /** Messages not yet done; null while the topic or the group isn't there. */
  readonly lag: number | null;
}

export interface SinkStatus extends ConsumerStatus {
  readonly store: string;
  /** The newest of the partitions' last durable messages; ms since the Unix epoch. */
  readonly lastCommittedAt: number | null;
  readonly lastAppliedAt: number | null;
  /** What became of rows since the beginning; rows that were delivered again count again. */
  readonly tables: TableRows;
}

export interface StatusInputs {
  readonly configuration: Configuration;
  readonly states: readonly ServiceState[];
  /** By group name. */
  readonly groups: ReadonlyMap<string, GroupProgress>;
  /** What people have asked for `freshet source accept`, if it is still there. */
  readonly acceptance: AcceptCommand | null;
  /** Ms since the Unix epoch. */
  readonly now: number;
}

export function buildStatusReport({ configuration, states, groups, acceptance, now }: StatusInputs): StatusReport {
  const { slot, tables } = configuration.source;
  const source = states.filter((state) => state.kind === "source").find((state) => state.slot === slot);
  const applied = states.filter((state) => state.kind === "applied");
  const embedded = states.filter((state) => state.kind === "embedded");
  const stored = states.filter((state) => state.kind === "stored");
  return {
    source: source === undefined ? null : sourceStatus(source, tables, { now, acceptance }),
    indexes: Object.entries(configuration.indexes).map(([index, { stores, ...rows }]) => ({
      index,
      table: formatRows(rows),
      transformer: consumerStatus(transformerGroup(index), groups),
      embedding: embeddingStatus(embedded.filter((state) => state.index === index)),
      sinks: stores.map((store) => ({
        store,
        ...consumerStatus(sinkGroup(store, index), groups),
        ...lastMarks(applied.filter((mark) => mark.store === store && mark.index === index)),
        tables: sumOf(stored.filter((state) => state.store === store && state.index === index)),
      })),
    })),
  };
}

function consumerStatus(group: string, groups: ReadonlyMap<string, GroupProgress>): ConsumerStatus {
  const progress = groups.get(group);
  if (!progress) return { group, state: "Unknown", instances: 0, lag: null };
  const { state, members, partitions } = progress;
  const lags = partitions.map(({ committed, end }) => Number(end - (committed ?? 0n)));
  return { group, state, instances: members, lag: lags.length === 0 ? null : lags.reduce((sum, lag) => sum + lag, 0) };
}

function embeddingStatus([first, ...others]: readonly EmbeddedState[]): EmbeddingStatus | null {
  if (!first) return null;
  const usage = others.reduce((sum, state) => addUsage(sum, state.usage), first.usage);
  const texts = usage.inferred + usage.cached;
  return { ...usage, hitRate: texts === 0 ? null : usage.cached / texts };
}

function lastMarks(marks: readonly AppliedState[]): Pick<SinkStatus, "lastCommittedAt" | "lastAppliedAt"> {
  const newest = (times: number[]) => (times.length === 0 ? null : Math.max(...times));
  return {
    lastCommittedAt: newest(marks.map((mark) => mark.committedAt)),
    lastAppliedAt: newest(marks.map((mark) => mark.appliedAt)),
  };
}

function sumOf(partitions: readonly StoredState[]): TableRows {
  return partitions.reduce<TableRows>((sum, { tables }) => addTableRows(sum, tables), {});
}
