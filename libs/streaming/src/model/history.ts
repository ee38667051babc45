import type { CommitLimits } from "../checkpoints/commit-schedule.js";
import type { Fault } from "./fault.js";
import type { PlacedMessage } from "./model-message.js";

/**
 * What happens when so many records are durable in the sink (repetitions count), or when nothing else would move. A
 * member is stopped when it has joined the group.
 */
export type HistoryEvent = { readonly at: number } & (
  | { readonly what: "produce"; readonly messages: readonly PlacedMessage[] }
  | { readonly what: "start" | "stop"; readonly member: number }
);

export interface TopologySettings {
  /** The items of a batch. */
  readonly maxItems: number;
  /** How long the work of a batch takes. */
  readonly paceMs: number;
  readonly operatorConcurrency: number;
  /** Whether the sink writes the others when it refuses some messages of a batch. */
  readonly writesInPart: boolean;
}

export interface ApplicationSettings {
  readonly concurrency: number;
  readonly commit: CommitLimits;
}

/** Everything that isn't up to the broker. */
export interface History {
  readonly partitions: number;
  readonly application: ApplicationSettings;
  readonly topology: TopologySettings;
  readonly events: readonly HistoryEvent[];
  /** By member. */
  readonly faults: readonly (readonly Fault[])[];
}
