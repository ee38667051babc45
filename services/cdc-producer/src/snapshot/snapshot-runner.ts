import { explainSourceError } from "@freshet/postgres/errors";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { COMMANDS_TOPIC } from "@freshet/schemas/topics";
import { BACK_OFF, backOffMs, delay } from "@freshet/streaming/back-off";
import { Bell } from "@freshet/streaming/bell";
import { FatalError } from "@freshet/streaming/errors";
import type { Logger } from "@freshet/streaming/logger";
import type { SnapshotStream } from "./chunk-pipeline.js";
import { selectKeys, selectRange, type Selection } from "./selection.js";
import { isRefusal, isUnreadable } from "./refusal.js";
import { isOver, isWhole, snapshotJobs, type AskedSnapshot, type SnapshotJob } from "./snapshot-jobs.js";
import { SnapshotRecords, type StateStore } from "./snapshot-records.js";
import { runSnapshot } from "./snapshot-run.js";
import type { TableReader } from "./table-reader.js";

export interface SnapshotRunnerOptions {
  readonly stream: SnapshotStream;
  /** Captured tables, as `schema.table`. */
  readonly tables: readonly string[];
  /** What tells a table from another one of its name, by `schema.table`. */
  readonly identities: ReadonlyMap<string, string>;
  readonly store: StateStore;
  /** Tables that are read at the same time. */
  readonly parallel: number;
  /** What people have asked for and isn't carried out, in the order in which they did. */
  readonly readCommands: () => readonly AskedSnapshot[];
  readonly openReader: (table: string, signal: AbortSignal) => Promise<TableReader>;
  /** How many tables are being read now. */
  readonly onRunning: (running: number) => void;
  /** So many rows have been read, and so many of them sent. */
  readonly onRows: (table: string, read: number, sent: number) => void;
  readonly logger: Logger;
}

export interface RunningSnapshot {
  readonly table: string;
  readonly state: SnapshotState | null;
  /** Why it can't be read, until a person acts; it is tried again and again. */
  readonly trouble?: string;
}

const COMMANDS_POLL_MS = 250;
/** A grant takes a person's time. */
const UNREADABLE_BACK_OFF = { ...BACK_OFF, capMs: 60_000 };

/** Takes the snapshots that are missing, and those that are asked for, beside the stream. */
export class SnapshotRunner {
  readonly #options: SnapshotRunnerOptions;
  readonly #records: SnapshotRecords;
  /** By table. */
  readonly #running = new Map<string, RunningSnapshot>();
  /** Keys of commands. */
  readonly #answered = new Set<string>();
  readonly #changed = new Bell();
  #failure: Error | null = null;

  constructor(options: SnapshotRunnerOptions) {
    this.#options = options;
    this.#records = new SnapshotRecords(options.store, options.identities);
  }

  get running(): RunningSnapshot[] {
    return [...this.#running.values()];
  }

  /** Until the signal is aborted. @throws {FatalError} */
  async run(signal: AbortSignal): Promise<void> {
    this.#start(signal);
    this.#options.onRunning(this.#running.size);
    while (!signal.aborted) {
      await this.#changed.wait({ signal, timeoutMs: COMMANDS_POLL_MS });
      if (this.#failure !== null) throw this.#failure;
      const before = this.#running.size;
      this.#start(signal);
      if (this.#running.size !== before) this.#options.onRunning(this.#running.size);
    }
  }

  #start(signal: AbortSignal): void {
    if (signal.aborted) return;
    const { tables, store, parallel, readCommands } = this.#options;
    const commands = readCommands().filter((command) => !this.#answered.has(command.recordKey));
    for (const command of commands) if (isOver(store.state, command)) this.#answer(command);
    for (const job of snapshotJobs(tables, store.state, commands)) {
      // A table that can't be read doesn't keep the others from it.
      if (this.running.filter(({ trouble }) => trouble === undefined).length >= parallel) return;
      if (this.#running.has(job.table)) continue;
      this.#running.set(job.table, { table: job.table, state: null });
      void this.#work(job, signal);
    }
  }

  async #work(job: SnapshotJob, signal: AbortSignal): Promise<void> {
    try {
      await this.#untilDone(job, signal);
      if (job.command !== null) {
        await this.#options.store.stored();
        this.#answer(job.command);
      }
    } catch (error) {
      if (!signal.aborted) this.#failure = error as Error;
    } finally {
      this.#running.delete(job.table);
      this.#options.onRunning(this.#running.size);
      this.#changed.ring();
    }
  }

  /** @throws {FatalError} @throws the signal's reason. */
  async #untilDone(job: SnapshotJob, signal: AbortSignal): Promise<void> {
    const { tables, stream, logger } = this.#options;
    if (!tables.includes(job.table)) {
      await this.#records.failed(job, `${job.table} is not among source.tables.`);
      return;
    }
    for (let failures = 1; ; failures++) {
      try {
        await this.#attempt(job, signal);
        return;
      } catch (caught) {
        signal.throwIfAborted();
        if (job.command !== null && isRefusal(caught)) {
          await this.#records.failed(job, caught.message);
          return;
        }
        const error = explainSourceError(caught);
        const unreadable = isUnreadable(error);
        if (error instanceof FatalError && !unreadable) throw error;
        if (unreadable) this.#running.set(job.table, { table: job.table, state: null, trouble: error.message });
        const delayMs = backOffMs(failures, unreadable ? UNREADABLE_BACK_OFF : BACK_OFF);
        logger.warn(
          { table: job.table, failures, delayMs: Math.round(delayMs) },
          `snapshot: ${error.message} Trying again.`,
        );
        // What is on its way counts for the next attempt.
        await stream.outlet.flush();
        await delay(delayMs, signal);
      }
    }
  }

  async #attempt(job: SnapshotJob, signal: AbortSignal): Promise<void> {
    const { stream, openReader, onRows, logger } = this.#options;
    const reader = await openReader(job.table, signal);
    // What waits for a lock meanwhile must not hold up a stop.
    const close = () => void reader.close();
    signal.addEventListener("abort", close, { once: true });
    try {
      const where = job.command?.where ?? null;
      const condition = where === null ? null : await reader.readCondition(where);
      await runSnapshot({
        ...{ stream, reader, logger, signal, label: job.table, whole: isWhole(job) },
        begun: this.#records.begun(job),
        select: (state) => select(job.command, condition, state),
        report: (state) => {
          if (this.#running.has(job.table)) this.#running.set(job.table, { table: job.table, state });
          this.#records.report(job, state);
        },
        onRows: (read, sent) => onRows(job.table, read, sent),
      });
    } finally {
      signal.removeEventListener("abort", close);
      await reader.close();
    }
  }

  /** Its outcome is stored: it needn't be read again. */
  #answer({ recordKey }: AskedSnapshot): void {
    this.#answered.add(recordKey);
    this.#options.stream.outlet.offer({ topic: COMMANDS_TOPIC, key: recordKey, value: null });
  }
}

function select(command: AskedSnapshot | null, condition: string | null, { lastKey }: SnapshotState): Selection {
  // Keys are few: they begin anew after an interruption.
  return command?.keys == null ? selectRange(condition, lastKey) : selectKeys(command.keys);
}
