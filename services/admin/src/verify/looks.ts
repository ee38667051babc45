const ROUNDS = 5;

/** Of rows of which something is to be said, by key. */
export interface Looks<T> {
  /** Resolves when all that was committed before the call has gone through the pipeline. */
  readonly passed: () => Promise<void>;
  /** Those of which it is still to be said. */
  readonly look: (rows: readonly T[]) => Promise<ReadonlyMap<string, T>>;
  /** Whether nobody has written the row between the two looks. */
  readonly wasLeftAlone: (before: T, now: T) => boolean;
}

export interface Looked<T> {
  /** What was said of it at a look, it was left alone until the next one, and the same is said then. */
  readonly left: readonly T[];
  /** Keys of rows that were written between any two looks. */
  readonly changing: readonly string[];
}

/**
 * Looks again, each time when the pipeline has gone on, at what may only have been on its way. @param rows as they were seen
 * at the first look.
 */
export async function lookAgain<T>(rows: ReadonlyMap<string, T>, looks: Looks<T>): Promise<Looked<T>> {
  const left: T[] = [];
  let before = rows;
  for (let round = 0; round < ROUNDS && before.size > 0; round += 1) {
    await looks.passed();
    const changed = new Map<string, T>();
    for (const [key, now] of await looks.look([...before.values()])) {
      const seen = before.get(key);
      if (seen !== undefined && looks.wasLeftAlone(seen, now)) left.push(now);
      else changed.set(key, now);
    }
    before = changed;
  }
  return { left, changing: [...before.keys()] };
}
