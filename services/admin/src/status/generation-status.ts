import { sinkGroupOf, transformerGroupOf, type RunningGeneration } from "@freshet/generations/running-generation";
import { addTableRows, type TableRows } from "@freshet/schemas/row-counts";
import type { AppliedState, ServiceState, StoredState } from "@freshet/schemas/service-state";
import type { GroupProgress } from "@freshet/streaming/topic-admin";

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

export interface GenerationStatus {
  readonly generation: number;
  /** Nothing is to be left of it. */
  readonly dropping: boolean;
  readonly transformer: ConsumerStatus;
  readonly sinks: readonly SinkStatus[];
}

interface Inputs {
  readonly states: readonly ServiceState[];
  /** By group name. */
  readonly groups: ReadonlyMap<string, GroupProgress>;
}

/** Who makes a generation's documents, and who stores them. */
export function generationStatus(generation: RunningGeneration, { states, groups }: Inputs): GenerationStatus {
  const { index, number, dropping, settings } = generation;
  const isOurs = (state: AppliedState | StoredState) => state.index === index && state.generation === number;
  const applied = states.filter((state) => state.kind === "applied").filter(isOurs);
  const stored = states.filter((state) => state.kind === "stored").filter(isOurs);
  return {
    ...{ generation: number, dropping },
    transformer: consumerStatus(transformerGroupOf(generation), groups),
    sinks: settings.stores.map((store) => ({
      store,
      ...consumerStatus(sinkGroupOf(store, generation), groups),
      ...lastMarks(applied.filter((mark) => mark.store === store)),
      tables: sumOf(stored.filter((state) => state.store === store)),
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
