import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";

/** The letters of one topic of origin that failed alike. */
export interface LetterCount {
  readonly deadLetterTopic: string;
  /** Null where a letter doesn't say. */
  readonly topic: string | null;
  readonly errorClass: string | null;
  readonly letters: number;
  /** When they failed, in ms since the Unix epoch. */
  readonly oldest: number;
  readonly newest: number;
}

export class LetterCounter {
  readonly #counts = new Map<string, LetterCount>();

  add({ record, origin, errorClass, time }: DeadLetterRecord): void {
    const name = JSON.stringify([origin.topic, errorClass]);
    const { letters = 0, oldest = time, newest = time } = this.#counts.get(name) ?? {};
    this.#counts.set(name, {
      deadLetterTopic: record.topic,
      topic: origin.topic,
      errorClass,
      letters: letters + 1,
      oldest: Math.min(oldest, time),
      newest: Math.max(newest, time),
    });
  }

  get counts(): readonly LetterCount[] {
    return [...this.#counts.values()].sort((one, other) => other.letters - one.letters);
  }
}
