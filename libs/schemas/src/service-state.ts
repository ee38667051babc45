import { z } from "zod";
import { parseJson, stringifyJson } from "./lossless-json.js";

/** What the producer knows of its source; written under `source/<slot>` to the state topic. */
const sourceState = z.object({
  kind: z.literal("source"),
  slot: z.string(),
  publication: z.string(),
  /** The database's identity; a change of it is a restore or a fail-over. */
  systemIdentifier: z.string(),
  timeline: z.int(),
  database: z.string(),
  epoch: z.int(),
  /** `streaming`, `snapshot` or `stopped`. */
  phase: z.string(),
  /** The last position confirmed to Postgres, `X/Y` text. */
  confirmedLsn: z.string(),
  /** Per `schema.table`. */
  snapshots: z.record(
    z.string(),
    z.object({ position: z.string(), rows: z.int(), startedAt: z.int(), finishedAt: z.int().nullable() }),
  ),
  lastError: z.string().nullable(),
  updatedAt: z.int(),
});

/** The last message a sink made durable in one partition; written under `applied/<store>/<index>/<partition>`. */
const appliedState = z.object({
  kind: z.literal("applied"),
  store: z.string(),
  index: z.string(),
  partition: z.int(),
  position: z.string(),
  /** When the source committed that message, and when the store had it; ms since the Unix epoch. */
  committedAt: z.int(),
  appliedAt: z.int(),
});

const stateSchema = z.discriminatedUnion("kind", [sourceState, appliedState]);
export type SourceState = z.output<typeof sourceState>;
export type AppliedState = z.output<typeof appliedState>;
export type ServiceState = z.output<typeof stateSchema>;

export function stateKey(state: ServiceState): string {
  switch (state.kind) {
    case "source":
      return sourceStateKey(state.slot);
    case "applied":
      return `applied/${state.store}/${state.index}/${state.partition}`;
    default:
      return state satisfies never;
  }
}

export function sourceStateKey(slot: string): string {
  return `source/${slot}`;
}

export function encodeState(state: ServiceState): string {
  return stringifyJson(state);
}

/** @throws {SyntaxError} when the text isn't JSON. @throws {z.ZodError} when it isn't a state record. */
export function decodeState(text: string): ServiceState {
  return stateSchema.parse(parseJson(text));
}
