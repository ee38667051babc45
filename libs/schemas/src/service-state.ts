import { z } from "zod";
import { embeddingUsage } from "./embedding-usage.js";
import { documentsModelKey, documentsModelState, generationsState, generationsStateKey } from "./index-generations.js";
import { parseJson, stringifyJson } from "./lossless-json.js";
import { numbered } from "./numbered.js";
import { tableRows } from "./row-counts.js";

/** One reading of a table, or of a part of it, by queries. */
const snapshotState = z.object({
  /** Where it began: rows that were captured below it, and that it didn't find, no longer exist. */
  position: z.string(),
  /** The key, as Postgres prints its columns, up to which Kafka has the rows; null before the first. */
  lastKey: z.array(z.string()).nullable().default(null),
  rows: z.int(),
  /** The planner's; null when it has none. */
  estimatedRows: z.int().nullable().default(null),
  startedAt: z.int(),
  finishedAt: z.int().nullable(),
});

/** A snapshot that was asked for, of a table's rows with some keys, or that match a condition. */
const requestedSnapshot = z.object({
  ...snapshotState.shape,
  /** `schema.table`. */
  table: z.string(),
  /** Of the table when it began, as in `snapshots`. */
  identity: z.string().default(""),
  /** Why it could not be taken; it is over then. */
  error: z.string().nullable(),
});

/** What the server says of the slot; see pg_replication_slots. */
const slotHealth = z.object({
  /** The end of the server's WAL, `X/Y` text. */
  walEnd: z.string(),
  /** From what is confirmed to the end. */
  lagBytes: z.int(),
  /** Since when the oldest change that isn't confirmed waits, about; 0 when none does. */
  lagMs: z.int(),
  /** WAL that the server keeps for the slot. */
  retainedBytes: z.int(),
  /** WAL that may still be written before the slot is lost; null without a limit. */
  safeBytes: z.int().nullable(),
  /** At the rate of the last minutes; null without a limit or without writes. */
  safeMs: z.int().nullable(),
  /** `reserved`, `extended`, `unreserved` or `lost`. */
  walStatus: z.string(),
  /** Bytes of large transactions that decoding wrote to disk, since the slot's statistics began. */
  spilledBytes: z.int(),
});

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
  /** `streaming`, `snapshot` (while streaming), `polling`, `starting` or `stopped`. */
  phase: z.string(),
  /** The last position confirmed to Postgres, `X/Y` text. */
  confirmedLsn: z.string(),
  /** The last transaction that was captured: another one in its place is another history. */
  lastCommit: z.object({ lsn: z.string(), xid: z.int(), committedAt: z.number() }).nullable().default(null),
  /**
   * Per `schema.table`. `identity` changes when the table, its key or its place in the publication is another one than
   * the snapshot was taken of: it then needs a new one.
   */
  snapshots: z.record(z.string(), z.object({ ...snapshotState.shape, identity: z.string().default("") })),
  /** By the request's id; the last ones. */
  requested: z.record(z.string(), requestedSnapshot).default({}),
  /** Per `schema.table`: up to where it has been polled, as the poller writes it. */
  polled: z.record(z.string(), z.string()).default({}),
  /** Per `schema.table`: when its last complete round began, in ms of the database's clock; what was committed before is read. */
  polledAt: z.record(z.string(), z.int()).optional(),
  health: slotHealth.nullable().default(null),
  lastError: z.string().nullable(),
  /** Of that error, when a person has to act. */
  lastErrorCode: z.string().nullable().default(null),
  updatedAt: z.int(),
});

/** Which of an index's generations a sink's report is about: see index-generations.ts. */
const generation = z.int().min(1).default(1);

/**
 * The last message a sink made durable in one partition; written under `applied/<store>/<index>/<partition>`, from the second
 * generation on `applied/<store>/<index>.<generation>/<partition>`.
 */
const appliedState = z.object({
  kind: z.literal("applied"),
  store: z.string(),
  index: z.string(),
  generation,
  partition: z.int(),
  position: z.string(),
  /** When the source committed that message, and when the store had it; ms since the Unix epoch. */
  committedAt: z.int(),
  appliedAt: z.int(),
});

/**
 * What embedding an index has cost since the beginning; written under `embedded/<index>/<cache>`. Transformers that share
 * a cache add up in it, and an index's whole is the sum over the caches.
 */
const embeddedState = z.object({
  kind: z.literal("embedded"),
  index: z.string(),
  /** The cache's id: a machine's, as long as its cache lives. */
  cache: z.string(),
  usage: embeddingUsage,
  updatedAt: z.int(),
});

/**
 * What became of the rows of one partition in a store since the beginning; written under
 * `stored/<store>/<index>/<partition>` by whoever has the partition; for generations as the applied ones.
 */
const storedState = z.object({
  kind: z.literal("stored"),
  store: z.string(),
  index: z.string(),
  generation,
  partition: z.int(),
  tables: tableRows,
  updatedAt: z.int(),
});

/** One beginning of a scheduled job; ms since the Unix epoch. */
const jobRun = z.object({
  /** The time that it was begun for. */
  due: z.int(),
  /** From 1: a run that was broken off is begun again for the same time. */
  attempt: z.int(),
  startedAt: z.int(),
  /** The process. */
  instance: z.string(),
});

/** A scheduled job; written under `job/<slot>/<name>` by the scheduler that leads. */
const jobState = z.object({
  kind: z.literal("job"),
  /** Names the installation: its source's. */
  slot: z.string(),
  name: z.string(),
  /** What it does, `verify` for one; and by which expression and time zone. */
  job: z.string(),
  schedule: z.string(),
  /** Since when it is known by that; what was due before doesn't count. */
  since: z.int(),
  /** Null while it isn't running. */
  running: jobRun.nullable(),
  /** Null until one is over. */
  last: z
    .object({
      ...jobRun.shape,
      finishedAt: z.int(),
      /** `found`: something that a person should look at. `interrupted`: its process ended, or lost the broker. */
      result: z.enum(["ok", "found", "failed", "interrupted"]),
      /** What came of it, in a sentence. */
      message: z.string(),
      /** How often it was due again while it ran; those times are left out. */
      skipped: z.int(),
    })
    .nullable(),
  /** When a run last ended with `ok`. */
  lastOkAt: z.int().nullable(),
});

const stateSchema = z.discriminatedUnion("kind", [
  sourceState,
  appliedState,
  embeddedState,
  storedState,
  generationsState,
  documentsModelState,
  jobState,
]);
export type SourceState = z.output<typeof sourceState>;
export type SnapshotState = z.output<typeof snapshotState>;
export type SlotHealth = z.output<typeof slotHealth>;
export type AppliedState = z.output<typeof appliedState>;
export type EmbeddedState = z.output<typeof embeddedState>;
export type StoredState = z.output<typeof storedState>;
export type JobState = z.output<typeof jobState>;
export type ServiceState = z.output<typeof stateSchema>;

export function stateKey(state: ServiceState): string {
  switch (state.kind) {
    case "source":
      return sourceStateKey(state.slot);
    case "applied":
      return `applied/${partitionOf(state)}`;
    case "embedded":
      return `embedded/${state.index}/${state.cache}`;
    case "stored":
      return `stored/${partitionOf(state)}`;
    case "generations":
      return generationsStateKey(state.index);
    case "model":
      return documentsModelKey(state.index, state.documents);
    case "job":
      return `${jobStatePrefix(state.slot)}${state.name}`;
    default:
      return state satisfies never;
  }
}

/** An index's name has no dot. */
function partitionOf({ store, index, generation, partition }: AppliedState | StoredState): string {
  return `${store}/${index}${numbered(generation)}/${partition}`;
}

/** Of the keys of an installation's jobs. */
export function jobStatePrefix(slot: string): string {
  return `job/${slot}/`;
}

export function sourceStateKey(slot: string): string {
  return `source/${slot}`;
}

/** @throws {z.ZodError} when it couldn't be read again. */
export function encodeState(state: ServiceState): string {
  return stringifyJson(stateSchema.parse(state));
}

/** @throws {SyntaxError} when the text isn't JSON. @throws {z.ZodError} when it isn't a state record. */
export function decodeState(text: string): ServiceState {
  return stateSchema.parse(parseJson(text));
}
