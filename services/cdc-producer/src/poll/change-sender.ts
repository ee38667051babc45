import type { Position } from "@freshet/schemas/position";
import type { CapturedTable } from "../events/captured-table.js";
import type { ChangeOrigin, EventFormat } from "../events/event-format.js";
import type { RecordOutlet } from "../events/record-outlet.js";
import type { PolledRow } from "./poll-reader.js";
import type { ReadNumbers } from "./read-numbers.js";

export interface ChangeSenderOptions {
  readonly outlet: RecordOutlet;
  readonly format: EventFormat;
  readonly database: string;
  readonly epoch: number;
  readonly numbers: ReadNumbers;
  readonly onEvent: (op: "r" | "u" | "d") => void;
}

export interface SentRow extends PolledRow {
  /** ms since the Unix epoch. */
  readonly committedAt: number;
}

/** Makes the events of one table's reads. Their positions follow the order of the reads: see the README. */
export class ChangeSender {
  readonly #options: ChangeSenderOptions;

  constructor(options: ChangeSenderOptions) {
    this.#options = options;
  }

  /** The position of what begins now: below every event to come, and above every one so far. */
  async position(): Promise<Position> {
    const { epoch, numbers } = this.#options;
    return { epoch, commitLsn: await numbers.next(), seq: 0 };
  }

  /**
   * Sends what one query read, before the table's next query.
   *
   * @param onDelivered called once Kafka has all of it, and everything before it.
   */
  async send(
    table: CapturedTable,
    rows: readonly SentRow[],
    { snapshot, onDelivered }: { snapshot: boolean; onDelivered: () => void },
  ): Promise<void> {
    const { outlet, format, onEvent } = this.#options;
    if (rows.length === 0) {
      // Behind what is on its way.
      await outlet.flush();
      onDelivered();
      return;
    }
    const position = await this.position();
    const records = rows.flatMap(({ key, deleted, row, committedAt }, place) => {
      const origin = this.#origin({ position: { ...position, seq: place + 1 }, committedAt, snapshot });
      if (row !== null && !deleted) {
        const op = snapshot ? "r" : "u";
        onEvent(op);
        return [format.written(table, { op, row, old: null }, origin)];
      }
      onEvent("d");
      return format.deleted(table, { kind: "key", tuple: keyTuple(table, key) }, { ...origin, snapshot: false });
    });
    for (const [place, record] of records.entries()) {
      if (outlet.isFull) await outlet.ready();
      if (place === records.length - 1) outlet.offer(record, onDelivered);
      else outlet.offer(record);
    }
  }

  /** Resolves once Kafka has what was sent so far. */
  flush(): Promise<void> {
    return this.#options.outlet.flush();
  }

  /** Resolves once Kafka has it, and everything before it. */
  async sendSnapshotEnd(table: CapturedTable, position: Position, committedAt: number): Promise<void> {
    const { outlet, format } = this.#options;
    const origin = this.#origin({ position, committedAt, snapshot: true });
    for (const record of format.control(table, "snapshot-end", origin)) outlet.offer(record);
    await outlet.flush();
  }

  #origin(change: Pick<ChangeOrigin, "position" | "committedAt" | "snapshot">): ChangeOrigin {
    return { ...change, database: this.#options.database, txId: null, lsn: change.position.commitLsn };
  }
}

function keyTuple(table: CapturedTable, key: readonly string[]): (string | null)[] {
  return table.columns.map((_, column) => key[table.key.indexOf(column)] ?? null);
}
