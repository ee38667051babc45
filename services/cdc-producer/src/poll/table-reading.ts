import { formatPosition, parsePosition } from "@freshet/schemas/position";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { FIRST_FETCH_ROWS, nextFetchRows } from "../snapshot/fetch-size.js";
import type { ChangeSender } from "./change-sender.js";
import type { PolledTable, PollReader } from "./poll-reader.js";

export interface TableReadingOptions {
  readonly reader: PollReader;
  readonly sender: ChangeSender;
  /** How far an earlier process came; null: from the start. */
  readonly state: SnapshotState | null;
  /** SQL; without it the whole table is read, and what it no longer has is removed from the index. */
  readonly where?: string;
  /** Told what Kafka has. */
  readonly report: (state: SnapshotState) => void;
  readonly onRows: (rows: number) => void;
}

/** A reading of a table by its key, beside its rounds: the initial load, and snapshots that are asked for. */
export class TableReading {
  readonly #options: TableReadingOptions;
  #state: SnapshotState | null;
  #lastKey: readonly string[] | null;
  #rows: number;
  #limit = FIRST_FETCH_ROWS;
  /** Rows that no round will see, for the column that rises with each change is null. */
  unseen = 0;

  constructor(options: TableReadingOptions) {
    this.#options = options;
    this.#state = options.state;
    this.#lastKey = options.state?.lastKey ?? null;
    this.#rows = options.state?.rows ?? 0;
  }

  /** Sent so far, also by an earlier process. */
  get rows(): number {
    return this.#rows;
  }

  /** @returns whether there is more of it. */
  async readChunk(table: PolledTable): Promise<boolean> {
    const { reader, sender, where, onRows } = this.#options;
    const state = (this.#state ??= await this.#begin(table));
    const found = await reader.rows(table, this.#lastKey, this.#limit, where);
    const committedAt = Date.now();
    this.unseen += found.filter(({ unseen }) => unseen).length;
    // The end of a whole reading removes them; a part has no such end.
    const sent = found.filter(({ deleted }) => !deleted || where !== undefined);
    const lastKey = found.at(-1)?.key ?? this.#lastKey;
    this.#rows += sent.length;
    const progress = { lastKey: lastKey === null ? null : [...lastKey], rows: this.#rows };
    await sender.send(
      table.captured,
      sent.map((row) => ({ ...row, committedAt })),
      { snapshot: true, onDelivered: () => this.#report(progress) },
    );
    onRows(sent.length);
    this.#lastKey = lastKey;
    if (found.length === this.#limit) {
      this.#limit = nextFetchRows(found.map(({ row }) => row ?? []));
      return true;
    }
    await sender.flush();
    if (where === undefined)
      await sender.sendSnapshotEnd(table.captured, parsePosition(state.position), state.startedAt);
    this.#report({ finishedAt: Date.now() });
    return false;
  }

  async #begin({ estimatedRows }: PolledTable): Promise<SnapshotState> {
    const position = formatPosition(await this.#options.sender.position());
    const { where, report } = this.#options;
    const run: SnapshotState = {
      ...{ position, lastKey: null, rows: 0, estimatedRows: where === undefined ? estimatedRows : null },
      ...{ startedAt: Date.now(), finishedAt: null },
    };
    report(run);
    return run;
  }

  #report(change: Partial<SnapshotState>): void {
    if (this.#state === null) return;
    this.#state = { ...this.#state, ...change };
    this.#options.report(this.#state);
  }
}
