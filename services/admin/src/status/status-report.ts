import type { Configuration } from "@freshet/process/configuration";
import { formatRows } from "@freshet/process/index-configuration";
import { addUsage, type EmbeddingUsage } from "@freshet/schemas/embedding-usage";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import type { EmbeddedState, ServiceState } from "@freshet/schemas/service-state";
import type { AcceptCommand } from "@freshet/schemas/source-command";
import type { GroupProgress } from "@freshet/streaming/topic-admin";
import { generationStatus, type ConsumerStatus, type GenerationStatus, type SinkStatus } from "./generation-status.js";
import { recordedIndexes } from "./index-generations.js";
import { scheduleStatus, type ScheduleStatus } from "./schedule-status.js";
import { sourceStatus, type SourceStatus } from "./source-status.js";

/** What `freshet status` shows; `--json` prints it as it is. */
export interface StatusReport {
  /** Null until a producer has written its state. */
  readonly source: SourceStatus | null;
  readonly indexes: readonly IndexStatus[];
  readonly schedule: ScheduleStatus;
}

export interface IndexStatus {
  readonly index: string;
  /** `schema.table`; of an index with a topic of its own, the topic. */
  readonly table: string;
  /** Who makes and stores the documents of the generation that searches are answered by. */
  readonly generation: number;
  readonly transformer: ConsumerStatus;
  /** Since the beginning; null until a transformer has reported. */
  readonly embedding: EmbeddingStatus | null;
  readonly sinks: readonly SinkStatus[];
  /** Generations that are kept beside it, built, or removed. */
  readonly others: readonly GenerationStatus[];
  /** Null when none is under way; ms since the Unix epoch. */
  readonly reindex: GenerationsState["reindex"];
  /** Settings that freshet.yaml has otherwise: the index is as it was until `freshet reindex`. */
  readonly changes: readonly string[];
}

export interface EmbeddingStatus extends EmbeddingUsage {
  /** Of the texts, how many cost no inference, from 0 to 1; null before the first. */
  readonly hitRate: number | null;
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
  const { schedule } = configuration;
  const { slot, tables } = configuration.source;
  const source = states.filter((state) => state.kind === "source").find((state) => state.slot === slot);
  const embedded = states.filter((state) => state.kind === "embedded");
  return {
    source: source === undefined ? null : sourceStatus(source, tables, { now, acceptance }),
    schedule: scheduleStatus({ schedule, slot, states, groups, now }),
    indexes: recordedIndexes(configuration, states).map(({ index, serving, others, reindex, changes }) => {
      const { generation, transformer, sinks } = generationStatus(serving, { states, groups });
      return {
        ...{ index, table: formatRows(serving.settings), generation, transformer, sinks, reindex, changes },
        embedding: embeddingStatus(embedded.filter((state) => state.index === index)),
        others: others.map((one) => generationStatus(one, { states, groups })),
      };
    }),
  };
}

function embeddingStatus([first, ...others]: readonly EmbeddedState[]): EmbeddingStatus | null {
  if (!first) return null;
  const usage = others.reduce((sum, state) => addUsage(sum, state.usage), first.usage);
  const texts = usage.inferred + usage.cached;
  return { ...usage, hitRate: texts === 0 ? null : usage.cached / texts };
}
