/** A look at the column that rises with each change, before a round reads it. */
export interface Mark {
  /** The server's time, in ms since the Unix epoch; a standby's is that of the last transaction it has replayed. */
  readonly atMs: number;
  /** The highest value then, as Postgres prints it, but never one that lies in the future; null when there is no row. */
  readonly highest: string | null;
  /** The overlap below `highest`; null where values tell no time. */
  readonly below: string | null;
}

/** More of them would only make the floor rise in smaller steps. */
const MARKS_PER_OVERLAP = 16;

/**
 * Up to where everything has been read for good. Whoever sets a value commits it within the overlap, so the first round
 * that begins an overlap later sees it. From then on no round has to go below
 * - what lay an overlap below the highest value when the last complete round began, where values tell the time;
 * - what was the highest value an overlap before the last complete round began. (Without this one a quiet table would be
 *   read again and again from the last of its changes on; and a number tells no time.)
 *
 * What counts is when the last complete round began, and not the time now: a pause, however long, must not make the floor
 * rise past what nobody has looked at. Values are only carried here: Postgres alone compares them.
 */
export class SettledFloor {
  readonly #overlapMs: number;
  #floor: string | null;
  #marks: Mark[] = [];

  constructor(overlapMs: number, floor: string | null) {
    this.#overlapMs = overlapMs;
    this.#floor = floor;
  }

  /** The next round reads what is above it; null: everything. */
  get floor(): string | null {
    return this.#floor;
  }

  /**
   * A round that began at the mark has read everything above the floor.
   *
   * @returns what the floor may be now: the greatest of these, without the nulls.
   */
  roundCompleted(mark: Mark): (string | null)[] {
    const last = this.#marks.at(-1);
    if (last === undefined || mark.atMs - last.atMs >= this.#overlapMs / MARKS_PER_OVERLAP) this.#marks.push(mark);
    const open = this.#marks.findIndex(({ atMs }) => atMs > mark.atMs - this.#overlapMs);
    const settled = this.#marks.splice(0, open < 0 ? this.#marks.length : open).at(-1);
    return [this.#floor, mark.below, settled?.highest ?? null];
  }

  rise(floor: string | null): void {
    this.#floor = floor;
  }
}
