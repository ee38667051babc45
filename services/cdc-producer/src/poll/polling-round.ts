import { rowHash } from "@freshet/schemas/row-hash";
import { RetriableError } from "@freshet/streaming/errors";
import { FIRST_FETCH_ROWS, nextFetchRows } from "../snapshot/fetch-size.js";
import { changeTime } from "./change-time.js";
import type { ChangeSender, SentRow } from "./change-sender.js";
import type { PollProgress } from "./poll-progress.js";
import type { ChangesFrom, PolledChange, PolledTable, PollReader } from "./poll-reader.js";
import type { SeenRows } from "./seen-rows.js";
import type { Mark, SettledFloor } from "./settled-floor.js";

export interface RoundStatistics {
  /** Changes that were looked at. */
  readonly rows: number;
  /** Those of them that were sent. */
  readonly events: number;
}

/** It goes on where it was with the next start. */
export class RoundStoppedError extends RetriableError {
  override readonly name = "RoundStoppedError";
}

export interface PollingRoundOptions {
  readonly reader: PollReader;
  readonly sender: ChangeSender;
  readonly seen: SeenRows;
  readonly floor: SettledFloor;
  readonly overlapSeconds: number;
  /** Told what Kafka has. */
  readonly report: (progress: Omit<PollProgress, "reads">) => void;
  /** Told at a round's end when it began: see Mark. */
  readonly completed: (atMs: number) => void;
  /** Ends a round between two of its queries. */
  readonly signal: AbortSignal;
}

/** Reads a table's changes from the floor to the end, and sends those that it hasn't seen. */
export class PollingRound {
  readonly #options: PollingRoundOptions;
  #limit = FIRST_FETCH_ROWS;
  #findLimit = FIRST_FETCH_ROWS;

  constructor(options: PollingRoundOptions) {
    this.#options = options;
  }

  /** @param open a round that another process didn't end. */
  async run(table: PolledTable, open: PollProgress["round"]): Promise<RoundStatistics> {
    const { reader, sender, seen, floor, overlapSeconds, report, completed, signal } = this.#options;
    const mark: Mark = open?.mark ?? (await reader.mark(table, overlapSeconds));
    let from: ChangesFrom = open === null ? { floor: floor.floor } : { after: open.after };
    let [rows, events] = [0, 0];
    seen.beginRound();
    for (;;) {
      const changes = await reader.changes(table, from, this.#limit);
      rows += changes.length;
      events += await this.#send(table, changes, mark);
      const last = changes.at(-1);
      if (last === undefined || changes.length < this.#limit) break;
      from = { after: last.place };
      if (signal.aborted) throw new RoundStoppedError("the service is stopping");
      this.#limit = nextFetchRows(changes.map(({ place, found }) => found?.row ?? place));
    }
    await sender.flush();
    floor.rise(await reader.greatest(table, floor.roundCompleted(mark)));
    report({ floor: floor.floor, round: null });
    completed(mark.atMs);
    return { rows, events };
  }

  async #send(table: PolledTable, changes: readonly PolledChange[], mark: Mark): Promise<number> {
    const { sender, seen, floor, report } = this.#options;
    const fresh = changes
      .map((change) => ({ change, ...nameOf(change) }))
      .filter(({ name, version }) => !seen.has(name, version));
    const after = changes.at(-1)?.place;
    const stored = floor.floor;
    const onDelivered = () => {
      if (after !== undefined) report({ floor: stored, round: { after, mark } });
    };
    const known = fresh.flatMap(({ change: { place, found } }): SentRow[] =>
      found === undefined ? [] : [{ ...found, committedAt: changeTime(table.cursor, place[0]) }],
    );
    let events = known.length;
    if (table.statements.withRows) await sender.send(table.captured, known, { snapshot: false, onDelivered });
    else
      events = await this.#sendFound(
        table,
        fresh.map(({ change }) => change),
        onDelivered,
      );
    for (const { name, version } of changes.map(nameOf)) seen.add(name, version);
    return events;
  }

  /** The rows as they are now, which may be later than the changes: those then find the same rows once more. */
  async #sendFound(table: PolledTable, changes: readonly PolledChange[], onDelivered: () => void): Promise<number> {
    const { reader, sender } = this.#options;
    // The last change of a row tells its time.
    const times = new Map(changes.map(({ place: [value, ...key] }) => [JSON.stringify(key), { key, value }]));
    const wanted = [...times.values()];
    for (let from = 0; from < wanted.length;) {
      const batch = wanted.slice(from, from + this.#findLimit);
      const found = await reader.find(
        table,
        batch.map(({ key }) => key),
      );
      const rows = found.map((row, place) => ({ ...row, committedAt: changeTime(table.cursor, batch[place]?.value) }));
      await sender.send(table.captured, rows, { snapshot: false, onDelivered: () => undefined });
      this.#findLimit = nextFetchRows(found.map(({ key, row }) => row ?? key));
      from += batch.length;
    }
    await sender.flush();
    onDelivered();
    return wanted.length;
  }
}

/** A row by its key, in a version; of a change table each change by itself. */
function nameOf({ place, found }: PolledChange): { readonly name: string; readonly version: string } {
  if (found === undefined) return { name: JSON.stringify(place), version: "" };
  const version = found.deleted ? "deleted" : rowHash(found.row ?? []);
  return { name: JSON.stringify(place.slice(1)), version };
}
