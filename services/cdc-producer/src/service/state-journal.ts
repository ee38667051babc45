import { encodeState, stateKey, type SourceState } from "@freshet/schemas/service-state";
import { STATE_TOPIC } from "@freshet/schemas/topics";
import type { RecordOutlet } from "../events/record-outlet.js";

export interface StateJournalOptions {
  readonly outlet: RecordOutlet;
  readonly initial: SourceState;
  /** Least time between two writes, in ms; the first after a quiet time is written at once. */
  readonly intervalMs: number;
  /** Time after which it is written though nothing changed, in ms: a sign of life, and above any write of a past holder. */
  readonly idleIntervalMs: number;
  /** Called with what Kafka has now. */
  readonly onStored: (state: SourceState) => void;
  readonly onFailure: (error: Error) => void;
}

/** Writes the source's state to the state topic: soon after a change, but not each of many. */
export class StateJournal {
  readonly #options: StateJournalOptions;
  #state: SourceState;
  #changed = false;
  #writing = false;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;
  #waiters: (() => void)[] = [];
  #closed = false;

  constructor(options: StateJournalOptions) {
    this.#options = options;
    this.#state = options.initial;
  }

  get state(): SourceState {
    return this.#state;
  }

  update(change: Partial<Omit<SourceState, "kind" | "slot" | "updatedAt">>): void {
    this.#state = { ...this.#state, ...change };
    const first = !this.#changed;
    this.#changed = true;
    if (first) this.#schedule();
  }

  /** Resolves once Kafka has the state as it is now. */
  async stored(): Promise<void> {
    if (!this.#changed && !this.#writing) return;
    const done = new Promise<void>((resolve) => this.#waiters.push(resolve));
    this.#hurry();
    this.#schedule();
    await done;
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #schedule(): void {
    if (this.#closed || this.#writing) return;
    this.#cancel();
    const interval = this.#changed ? this.#options.intervalMs : this.#options.idleIntervalMs;
    const wait = this.#writtenAt + interval - performance.now();
    if (wait <= 0) this.#write();
    else this.#timer = setTimeout(() => this.#write(), wait);
  }

  #hurry(): void {
    this.#writtenAt = Number.NEGATIVE_INFINITY;
  }

  #cancel(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #write(): void {
    this.#timer = null;
    const state = { ...this.#state, updatedAt: Date.now() };
    this.#changed = false;
    this.#writing = true;
    this.#writtenAt = performance.now();
    try {
      const record = { topic: STATE_TOPIC, key: stateKey(state), value: encodeState(state), essential: true };
      this.#options.outlet.offer(record, () => this.#written(state));
    } catch (error) {
      this.#options.onFailure(error as Error);
    }
  }

  #written(state: SourceState): void {
    if (this.#closed) return;
    this.#writing = false;
    this.#options.onStored(state);
    if (!this.#changed) {
      for (const resolve of this.#waiters.splice(0)) resolve();
    } else if (this.#waiters.length > 0) {
      this.#hurry();
    }
    this.#schedule();
  }
}
