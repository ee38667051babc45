import type { Position } from "@freshet/schemas/position";
import type { OutgoingRecord } from "@freshet/streaming/message";
import { formatTableName } from "@freshet/process/table-name";
import type { Acknowledgements, PendingTransaction } from "../acknowledgements.js";
import { UNCHANGED, type OldTuple, type PgoutputMessage, type Relation, type Tuple } from "../replication/pgoutput.js";
import { withoutColumns, type CapturedTable } from "./captured-table.js";
import { keyText, type ChangeObserver } from "./change-observer.js";
import { keyChanged, type ChangeOrigin, type EventFormat, type Row } from "./event-format.js";
import type { RecordOutlet } from "./record-outlet.js";
import type { ReplayedHistory } from "../slot/replayed-history.js";

export type EventOperation = "c" | "u" | "d" | "t";

/** What the stream alone doesn't tell. */
export interface SourceCatalogue {
  /** Null when the table isn't captured. */
  describe(relation: Relation): Promise<CapturedTable | null>;
  /**
   * Reads columns of a row as it is now, but not before the transaction is visible.
   *
   * @returns their texts by name, less those that no longer exist; null when the row is gone.
   */
  findRow(request: RowRequest): Promise<ReadonlyMap<string, string | null> | null>;
}

export interface RowRequest {
  readonly table: CapturedTable;
  readonly key: readonly (readonly [column: string, text: string])[];
  readonly columns: readonly string[];
  readonly xid: number;
}

export interface ChangeReaderOptions {
  readonly database: string;
  readonly epoch: number;
  readonly catalogue: SourceCatalogue;
  readonly format: EventFormat;
  readonly outlet: RecordOutlet;
  readonly history: ReplayedHistory;
  readonly acknowledgements: Acknowledgements;
  readonly observer: ChangeObserver;
  readonly onEvent: (table: CapturedTable, op: EventOperation) => void;
  /** Changes of it come, though it isn't captured: renamed since the start, or published for somebody else. */
  readonly onIgnored: (relation: Relation) => void;
}

/** A relation whose changes are captured. */
interface Source {
  readonly table: CapturedTable;
  readonly label: string;
  /** Of the captured columns among the relation's; null when they are all. */
  readonly places: readonly number[] | null;
}

interface Transaction {
  readonly commitLsn: bigint;
  readonly committedAt: number;
  readonly xid: number;
  readonly pending: PendingTransaction;
  seq: number;
}

/** Turns the messages of one stream, in order, into records. */
export class ChangeReader {
  readonly #options: ChangeReaderOptions;
  readonly #sources = new Map<number, Source | null>();
  #transaction: Transaction | null = null;
  #replaying = false;

  constructor(options: ChangeReaderOptions) {
    this.#options = options;
  }

  /** Await what it returns before the next message: only so the order is kept. */
  handle(message: PgoutputMessage, lsn: bigint): Promise<void> | undefined {
    if (this.#isReplayed(message)) return undefined;
    switch (message.kind) {
      case "begin":
        this.#transaction = { ...message, pending: this.#options.acknowledgements.begin(message), seq: 0 };
        this.#options.observer.began();
        return undefined;
      case "commit":
        this.#current().pending.complete(message.endLsn);
        this.#transaction = null;
        this.#options.observer.committed(message.endLsn);
        return undefined;
      case "relation":
        return this.#describe(message.relation);
      case "insert":
        return this.#written({ oid: message.oid, op: "c", old: null, tuple: message.tuple, lsn });
      case "update":
        return this.#written({ oid: message.oid, op: "u", old: message.old, tuple: message.tuple, lsn });
      case "delete":
        this.#deleted(message.oid, message.old, lsn);
        return undefined;
      case "truncate":
        this.#truncated(message.oids, lsn);
        return undefined;
      case "other":
        return undefined;
      default:
        return message satisfies never;
    }
  }

  /** What was captured before isn't sent again; only what describes a table is of use. */
  #isReplayed(message: PgoutputMessage): boolean {
    if (message.kind === "begin") this.#replaying = this.#options.history.replays(message);
    const replayed = this.#replaying && message.kind !== "relation";
    if (message.kind === "commit") this.#replaying = false;
    return replayed;
  }

  async #describe(relation: Relation): Promise<void> {
    const table = await this.#options.catalogue.describe(relation);
    if (table === null && this.#sources.get(relation.oid) !== null) this.#options.onIgnored(relation);
    this.#sources.set(relation.oid, table === null ? null : toSource(table, relation));
  }

  #written(change: {
    readonly oid: number;
    readonly op: "c" | "u";
    readonly old: OldTuple | null;
    readonly tuple: Tuple;
    readonly lsn: bigint;
  }): Promise<void> | undefined {
    const { op, lsn } = change;
    const source = this.#source(change.oid);
    const old = source === null ? null : projectOld(source, change.old);
    const tuple = source === null ? [] : fillFromOldRow(project(source, change.tuple), old);
    const renamed = source !== null && old !== null && keyChanged(source.table, old, tuple);
    // Each event takes its number whether it is sent or not, so a change has the same position each time it is read.
    const first = this.#origin(lsn);
    const second = renamed ? this.#origin(lsn) : first;
    if (source === null) return undefined;
    const { table } = source;
    this.#observe(source, tuple);
    if (renamed) {
      this.#observe(source, old.tuple);
      this.#send(table, "d", this.#options.format.deleted(table, old, first));
    }
    const kind = renamed ? "c" : op;
    const send = (shape: CapturedTable, row: Row) =>
      this.#send(table, kind, [
        this.#options.format.written(shape, { op: kind, row, old: renamed ? null : old }, second),
      ]);
    if (isComplete(tuple)) {
      send(table, tuple);
      return undefined;
    }
    return this.#reselect(table, tuple).then((found) => {
      if (found) send(found.table, found.row);
    });
  }

  /** Null when the row is gone by now: its delete follows. */
  async #reselect(table: CapturedTable, tuple: Tuple): Promise<{ table: CapturedTable; row: Row } | null> {
    const missing = table.columns.filter((_, place) => tuple[place] === UNCHANGED).map(({ name }) => name);
    const found = await this.#options.catalogue.findRow({
      table,
      key: table.key.map((place) => [table.columns[place]?.name ?? "", String(tuple[place])] as const),
      columns: missing,
      xid: this.#current().xid,
    });
    if (found === null) return null;
    const lost = new Set<number>();
    const row: (string | null)[] = [];
    for (const [place, { name }] of table.columns.entries()) {
      const known = tuple[place];
      const value = known === UNCHANGED ? found.get(name) : known;
      if (value === undefined) lost.add(place);
      else row.push(value);
    }
    return { table: lost.size > 0 ? withoutColumns(table, lost) : table, row };
  }

  #deleted(oid: number, oldRow: OldTuple, lsn: bigint): void {
    const source = this.#source(oid);
    const origin = this.#origin(lsn);
    const old = source === null ? null : projectOld(source, oldRow);
    if (source === null || old === null) return;
    this.#observe(source, old.tuple);
    this.#send(source.table, "d", this.#options.format.deleted(source.table, old, origin));
  }

  #truncated(oids: readonly number[], lsn: bigint): void {
    for (const oid of oids) {
      const source = this.#source(oid);
      const origin = this.#origin(lsn);
      if (source === null) continue;
      this.#options.observer.truncated(source.label, this.#current().xid);
      this.#send(source.table, "t", this.#options.format.control(source.table, "truncate", origin));
    }
  }

  #observe({ table, label }: Source, tuple: Tuple): void {
    const { observer } = this.#options;
    if (observer.isWatching) observer.changed(label, keyText(tuple, table.key), this.#current().xid);
  }

  #send(table: CapturedTable, op: EventOperation, records: readonly OutgoingRecord[]): void {
    const { pending } = this.#current();
    for (const record of records) {
      pending.sent();
      this.#options.outlet.offer(record, pending.delivered);
    }
    this.#options.onEvent(table, op);
  }

  #origin(lsn: bigint): ChangeOrigin {
    const transaction = this.#current();
    const { commitLsn, committedAt, xid } = transaction;
    const position: Position = { epoch: this.#options.epoch, commitLsn, seq: ++transaction.seq };
    return { database: this.#options.database, txId: xid, lsn, committedAt, snapshot: false, position };
  }

  #source(oid: number): Source | null {
    const source = this.#sources.get(oid);
    if (source === undefined) throw new RangeError(`a change of relation ${oid} came before its description`);
    return source;
  }

  #current(): Transaction {
    if (this.#transaction === null) throw new RangeError("a change came outside of a transaction");
    return this.#transaction;
  }
}

function toSource(table: CapturedTable, relation: Relation): Source {
  const places = table.columns.map(({ name }) => relation.columns.findIndex((column) => column.name === name));
  return { table, label: formatTableName(table), places: places.length === relation.columns.length ? null : places };
}

/** The captured columns' values. */
function project({ places }: Source, tuple: Tuple): Tuple {
  return places === null ? tuple : places.map((place) => tuple[place] ?? null);
}

function projectOld(source: Source, old: OldTuple | null): OldTuple | null {
  return old === null || source.places === null ? old : { ...old, tuple: project(source, old.tuple) };
}

/** The old row, if it came, has values that the new one leaves out: all under REPLICA IDENTITY FULL, else a long key. */
function fillFromOldRow(tuple: Tuple, old: OldTuple | null): Tuple {
  if (old === null || isComplete(tuple)) return tuple;
  return tuple.map((value, place) => (value === UNCHANGED ? (old.tuple[place] ?? UNCHANGED) : value));
}

function isComplete(tuple: Tuple): tuple is Row {
  return !tuple.includes(UNCHANGED);
}
