import type { SnapshotState } from "@freshet/schemas/service-state";
import type { Logger } from "@freshet/streaming/logger";
import { formatTableName } from "@freshet/process/table-name";
import type { EventFormat } from "../events/event-format.js";
import type { RecordOutlet } from "../events/record-outlet.js";
import type { TableRoute } from "../postgres/source-catalogue.js";
import type { StateJournal } from "../service/state-journal.js";
import { isRefusal } from "../snapshot/refusal.js";
import { isWhole, snapshotJobs, type AskedSnapshot, type SnapshotJob } from "../snapshot/snapshot-jobs.js";
import type { SnapshotRecords } from "../snapshot/snapshot-records.js";
import { ChangeSender } from "./change-sender.js";
import { readKeys } from "./key-reading.js";
import { decodePollProgress, encodePollProgress, type PollProgress } from "./poll-progress.js";
import type { PolledTable, PollReader } from "./poll-reader.js";
import { PollingRound, type RoundStatistics } from "./polling-round.js";
import { ReadNumbers } from "./read-numbers.js";
import { SeenRows } from "./seen-rows.js";
import { SettledFloor } from "./settled-floor.js";
import { TableReading } from "./table-reading.js";

export interface TablePollerOptions {
  readonly route: TableRoute;
  readonly reader: PollReader;
  readonly journal: StateJournal;
  readonly records: SnapshotRecords;
  /** By `schema.table`; the records look there too. */
  readonly identities: Map<string, string>;
  readonly outlet: RecordOutlet;
  readonly format: EventFormat;
  readonly overlapSeconds: number;
  /** Of the memory of rows seen in the overlap. */
  readonly maxSeenBytes: number;
  readonly signal: AbortSignal;
  readonly readCommands: () => readonly AskedSnapshot[];
  readonly onEvent: (label: string, op: "r" | "u" | "d") => void;
  readonly onRowsRead: (label: string, rows: number) => void;
  readonly logger: Logger;
}

const NOT_BEGUN: PollProgress = { reads: 0n, floor: null, round: null };

/** One table: its rounds, and readings of all of it beside them. One thing at a time, so its reads have an order. */
export class TablePoller {
  readonly label: string;
  readonly #options: TablePollerOptions;
  readonly #sender: ChangeSender;
  readonly #seen: SeenRows;
  #progress: PollProgress;
  #round: PollingRound;
  #table: PolledTable | null = null;
  #reading: { readonly job: SnapshotJob; readonly of: TableReading } | null = null;
  /** By performance.now(): before it a load would miss what is being committed. */
  #loadAt = 0;

  constructor(options: TablePollerOptions) {
    const { route, journal, outlet, format, maxSeenBytes, onEvent } = options;
    this.#options = options;
    this.label = formatTableName(route);
    const stored = journal.state.polled[this.label];
    this.#progress = stored === undefined ? NOT_BEGUN : decodePollProgress(this.label, stored);
    this.#seen = new SeenRows(maxSeenBytes);
    const numbers = new ReadNumbers(this.#progress.reads, async (reads) => {
      this.#store({ reads });
      await journal.stored();
    });
    const { database, epoch } = journal.state;
    const counted = (op: "r" | "u" | "d") => onEvent(this.label, op);
    this.#sender = new ChangeSender({ outlet, format, database, epoch, numbers, onEvent: counted });
    this.#round = this.#openRounds();
  }

  /** How far the first load is; null when it is over. */
  get loading(): { readonly state: SnapshotState | null } | null {
    const run = this.#options.journal.state.snapshots[this.label];
    return run === undefined || run.finishedAt === null ? { state: run ?? null } : null;
  }

  /** Looks at the table; one that it isn't any more is loaded anew. @throws {SourceError} when it can't be polled. */
  async look(): Promise<PolledTable> {
    const { reader, route, journal, identities, logger } = this.#options;
    const table = await reader.describe(route);
    // What was loaded before this process.
    const known = this.#table?.identity ?? journal.state.snapshots[this.label]?.identity;
    if (known !== table.identity) await this.#beginAnew(table);
    if (this.#table === null && table.missingIndex !== null) {
      logger.warn(
        { table: this.label },
        `each round reads the whole table, for want of an index: ${table.missingIndex}`,
      );
    }
    // Only now: what fails before it is begun anew the next time.
    this.#table = table;
    identities.set(this.label, table.identity);
    return table;
  }

  /** Reads what has changed. */
  async round(): Promise<RoundStatistics> {
    const table = await this.look();
    return this.#round.run(table, this.#progress.round);
  }

  /** Goes on with what is to be read beside the rounds. @returns ms until there is more to do; null: nothing is. */
  async read(): Promise<number | null> {
    const wait = this.#loadAt - performance.now();
    if (wait > 0) return wait;
    const table = this.#table ?? (await this.look());
    const job = this.#reading?.job ?? this.#nextJob();
    if (job === undefined) return null;
    try {
      if (await this.#readOn(job, table)) return 0;
    } catch (error) {
      if (job.command === null || !isRefusal(error)) throw error;
      await this.#options.records.failed(job, error.message);
    }
    this.#reading = null;
    await this.#options.journal.stored();
    return 0;
  }

  /** @returns whether there is more of it. */
  async #readOn(job: SnapshotJob, table: PolledTable): Promise<boolean> {
    const { records, onRowsRead } = this.#options;
    if (job.command?.keys != null) {
      const report = (state: SnapshotState) => records.report(job, state);
      const rows = await readKeys({ ...this.#options, table, keys: job.command.keys, sender: this.#sender, report });
      onRowsRead(this.label, rows);
      return false;
    }
    this.#reading ??= { job, of: await this.#openReading(job, table) };
    const { of: reading } = this.#reading;
    if (await reading.readChunk(table)) return true;
    this.#options.logger.info({ table: this.label, rows: reading.rows }, "the table is read");
    if (reading.unseen > 0) {
      const text =
        "rows have a null in the column that rises with each change: what changes in them is not seen while they do";
      this.#options.logger.warn({ table: this.label, rows: reading.unseen }, text);
    }
    return false;
  }

  async #openReading(job: SnapshotJob, table: PolledTable): Promise<TableReading> {
    const { reader, records, onRowsRead } = this.#options;
    const where = job.command?.where ?? null;
    if (where !== null) await reader.checkCondition(table, where);
    // What was sent before it is removed at its end, unless it comes again.
    if (isWhole(job)) this.#seen.clear();
    return new TableReading({
      ...{ reader, sender: this.#sender, state: records.begun(job) },
      ...(where === null ? {} : { where }),
      report: (state) => records.report(job, state),
      onRows: (rows) => onRowsRead(this.label, rows),
    });
  }

  async #beginAnew(table: PolledTable): Promise<void> {
    const { reader, overlapSeconds, journal, logger } = this.#options;
    const mark = await reader.mark(table, overlapSeconds);
    // A number tells no time: what is below the highest now is committed when the overlap is over, and then read.
    const waits = table.cursor === "number";
    this.#loadAt = waits ? performance.now() + overlapSeconds * 1000 : 0;
    logger.info({ table: this.label, afterSeconds: waits ? overlapSeconds : 0 }, "the whole table is going to be read");
    const others = Object.entries(journal.state.snapshots).filter(([label]) => label !== this.label);
    journal.update({ snapshots: Object.fromEntries(others) });
    this.#store({ floor: waits ? mark.highest : mark.below, round: null });
    this.#reading = null;
    this.#seen.clear();
    this.#round = this.#openRounds();
  }

  #openRounds(): PollingRound {
    const { reader, overlapSeconds, journal, signal } = this.#options;
    return new PollingRound({
      ...{ reader, overlapSeconds, signal, sender: this.#sender, seen: this.#seen },
      floor: new SettledFloor(overlapSeconds * 1000, this.#progress.floor),
      report: (progress) => this.#store(progress),
      completed: (atMs) => journal.update({ polledAt: { ...journal.state.polledAt, [this.label]: atMs } }),
    });
  }

  #store(change: Partial<PollProgress>): void {
    const { journal } = this.#options;
    this.#progress = { ...this.#progress, ...change };
    journal.update({ polled: { ...journal.state.polled, [this.label]: encodePollProgress(this.#progress) } });
  }

  #nextJob(): SnapshotJob | undefined {
    const { journal, readCommands } = this.#options;
    const commands = readCommands().filter(({ table }) => table === this.label);
    return snapshotJobs([this.label], journal.state, commands)[0];
  }
}
