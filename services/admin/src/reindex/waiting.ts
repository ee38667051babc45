/** Somebody who has to do something first. */
export interface Waiting {
  readonly who: string;
  /** In the middle of a sentence: `the vector-sink of main hasn't …`. */
  readonly says: string;
  /** Another one whenever it has come further. */
  readonly mark: string;
}

/** Who hasn't come further for how long. */
export class Patience {
  readonly #limitMs: number;
  readonly #marks = new Map<string, { readonly mark: string; readonly since: number }>();

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** @param now in ms. @returns those that have used it up. */
  observe(waitings: readonly Waiting[], now: number): readonly Waiting[] {
    const names = new Set(waitings.map(({ who }) => who));
    for (const who of this.#marks.keys()) if (!names.has(who)) this.#marks.delete(who);
    return waitings.filter(({ who, mark }) => {
      const known = this.#marks.get(who);
      if (known?.mark === mark) return now - known.since > this.#limitMs;
      this.#marks.set(who, { mark, since: now });
      return false;
    });
  }
}
