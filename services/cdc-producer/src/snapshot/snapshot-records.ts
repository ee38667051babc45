import { BEGINNING, formatPosition } from "@freshet/schemas/position";
import type { SnapshotState, SourceState } from "@freshet/schemas/service-state";
import { isWhole, type SnapshotJob } from "./snapshot-jobs.js";

/** The stored state of the source. */
export interface StateStore {
  readonly state: SourceState;
  update(change: Partial<Pick<SourceState, "snapshots" | "requested">>): void;
  /** Resolves once Kafka has the state as it is now. */
  stored(): Promise<void>;
}

type Requested = SourceState["requested"];

/** Outcomes that are kept. */
const MAX_OUTCOMES = 20;
/** Postgres quotes values in its messages, and the state is one message of Kafka's. */
const MAX_ERROR_LENGTH = 500;

/** Where the snapshots are written down: a table's own under its name, one that was asked for under its id too. */
export class SnapshotRecords {
  readonly #store: StateStore;
  readonly #identities: ReadonlyMap<string, string>;
  /** Finished runs of whole tables, in whose place a run stands that was asked for, by its id. */
  readonly #replaced = new Map<string, SourceState["snapshots"][string]>();

  /** @param identities of the tables, by `schema.table`. */
  constructor(store: StateStore, identities: ReadonlyMap<string, string>) {
    this.#store = store;
    this.#identities = identities;
  }

  /** How far an interrupted run of it was; null when none was begun, or one of another table of that name. */
  begun(job: SnapshotJob): SnapshotState | null {
    const { snapshots, requested } = this.#store.state;
    const asked = job.command === null ? null : (requested[job.command.id] ?? null);
    if (job.command !== null && asked?.identity !== this.#identity(job)) return null;
    const state = isWhole(job) ? (snapshots[job.table] ?? null) : asked;
    return state === null || state.finishedAt !== null ? null : toState(state);
  }

  report(job: SnapshotJob, state: SnapshotState): void {
    const { snapshots, requested } = this.#store.state;
    const identity = this.#identity(job);
    if (isWhole(job)) this.#noteReplaced(job, state);
    this.#store.update({
      ...(isWhole(job) ? { snapshots: { ...snapshots, [job.table]: { ...state, identity } } } : {}),
      ...(job.command === null ? {} : { requested: this.#with(requested, job, state, null) }),
    });
  }

  /** What the table had before counts again: the stream has gone on. */
  async failed(job: SnapshotJob, error: string): Promise<void> {
    if (job.command === null) return;
    const { snapshots, requested } = this.#store.state;
    const none = { position: formatPosition(BEGINNING), lastKey: null, rows: 0, estimatedRows: null };
    const state = requested[job.command.id] ?? { ...none, startedAt: Date.now(), finishedAt: null };
    const replaced = this.#replaced.get(job.command.id);
    this.#replaced.delete(job.command.id);
    this.#store.update({
      ...(replaced === undefined ? {} : { snapshots: { ...snapshots, [job.table]: replaced } }),
      requested: this.#with(requested, job, toState(state), error.slice(0, MAX_ERROR_LENGTH)),
    });
    await this.#store.stored();
  }

  #identity({ table }: SnapshotJob): string {
    return this.#identities.get(table) ?? "";
  }

  #noteReplaced({ table, command }: SnapshotJob, { finishedAt }: SnapshotState): void {
    if (command === null) return;
    const before = this.#store.state.snapshots[table];
    if (finishedAt !== null) this.#replaced.delete(command.id);
    else if (before !== undefined && before.finishedAt !== null) this.#replaced.set(command.id, before);
  }

  /** Runs that aren't over are all kept, for they go on from there. */
  #with(requested: Requested, job: SnapshotJob, state: SnapshotState, error: string | null): Requested {
    const { table, command } = job;
    if (command === null) return requested;
    const others = Object.entries(requested).filter(([id]) => id !== command.id);
    const open = others.filter(([, other]) => overAt(other) === null);
    const over = others
      .filter(([, other]) => overAt(other) !== null)
      .sort(([, a], [, b]) => (overAt(b) ?? 0) - (overAt(a) ?? 0))
      .slice(0, MAX_OUTCOMES - 1);
    const own = { ...state, table, identity: this.#identity(job), error };
    return Object.fromEntries([[command.id, own], ...open, ...over]);
  }
}

/** About when: of a failure only its beginning is known. Null: it isn't over. */
function overAt({ startedAt, finishedAt, error }: Requested[string]): number | null {
  return finishedAt ?? (error === null ? null : startedAt);
}

function toState({ position, lastKey, rows, estimatedRows, startedAt, finishedAt }: SnapshotState): SnapshotState {
  return { position, lastKey, rows, estimatedRows, startedAt, finishedAt };
}
