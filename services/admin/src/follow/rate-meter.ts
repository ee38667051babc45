const WINDOW_MS = 30_000;

/** Rows per second of the last half minute: what counts after a pause, unlike the rate since the start. */
export class RateMeter {
  readonly #samples: { readonly rows: number; readonly at: number }[] = [];

  /** Takes what is known at a time, in ms; null until there are two. */
  observe(rows: number, at: number): number | null {
    const last = this.#samples.at(-1);
    if (last !== undefined && rows < last.rows) this.#samples.length = 0;
    if (last === undefined || at > last.at) this.#samples.push({ rows, at });
    while ((this.#samples[1]?.at ?? Infinity) <= at - WINDOW_MS) this.#samples.shift();
    const [first] = this.#samples;
    const newest = this.#samples.at(-1);
    if (first === undefined || newest === undefined || newest.at === first.at) return null;
    return ((newest.rows - first.rows) / (newest.at - first.at)) * 1000;
  }
}
