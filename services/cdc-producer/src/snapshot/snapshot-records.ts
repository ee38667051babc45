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

/** Outcomes that are kept. */
const MAX_REQUESTED = 20;

/** Where the snapshots are written down: a table's own under its name, one that was asked for under its id too. */
export class SnapshotRecords {
  readonly #store: StateStore;
  readonly #identities: ReadonlyMap<string, string>;

  /** @param identities of the tables, by `schema.table`. */
  constructor(store: StateStore, identities: ReadonlyMap<string, string>) {
    this.#store = store;
    this.#identities = identities;
  }

  /** How far an interrupted run of it was; null when none was begun. */
  begun(job: SnapshotJob): SnapshotState | null {
    const { snapshots, requested } = this.#store.state;
    const asked = job.command === null ? null : (requested[job.command.id] ?? null);
    if (job.command !== null && asked === null) return null;
    const state = isWhole(job) ? (snapshots[job.table] ?? null) : asked;
    return state === null || state.finishedAt !== null ? null : toState(state);
  }

  report(job: SnapshotJob, state: SnapshotState): void {
    const { snapshots, requested } = this.#store.state;
    const identity = this.#identities.get(job.table) ?? "";
    this.#store.update({
      ...(isWhole(job) ? { snapshots: { ...snapshots, [job.table]: { ...state, identity } } } : {}),
      ...(job.command === null ? {} : { requested: this.#with(requested, job, state, null) }),
    });
  }

  async failed(job: SnapshotJob, error: string): Promise<void> {
    if (job.command === null) return;
    const { requested } = this.#store.state;
    const none = { position: formatPosition(BEGINNING), lastKey: null, rows: 0, estimatedRows: null };
    const state = requested[job.command.id] ?? { ...none, startedAt: Date.now(), finishedAt: null };
    this.#store.update({ requested: this.#with(requested, job, toState(state), error) });
    await this.#store.stored();
  }

  #with(
    requested: SourceState["requested"],
    { table, command }: SnapshotJob,
    state: SnapshotState,
    error: string | null,
  ): SourceState["requested"] {
    if (command === null) return requested;
    const all = { ...requested, [command.id]: { ...state, table, error } };
    const latest = Object.entries(all).sort(([, a], [, b]) => b.startedAt - a.startedAt);
    return Object.fromEntries(latest.slice(0, MAX_REQUESTED));
  }
}

function toState({ position, lastKey, rows, estimatedRows, startedAt, finishedAt }: SnapshotState): SnapshotState {
  return { position, lastKey, rows, estimatedRows, startedAt, finishedAt };
}
