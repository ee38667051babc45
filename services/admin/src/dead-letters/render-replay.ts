import { formatCount } from "../rendering/measures.js";

export interface ReplayCounts {
  /** Letters whose originals were sent. */
  readonly sent: number;
  /** Letters whose rows were captured again. */
  readonly captured: number;
  /** Letters that were meant and stay. */
  readonly left: number;
}

/** What came of a replay, in a sentence. */
export function renderReplay(topic: string, { sent, captured, left }: ReplayCounts): string {
  const done = [
    ...(sent === 0 ? [] : [`${renderLetters(sent)} sent to where they came from`]),
    ...(captured === 0 ? [] : [`the rows of ${renderLetters(captured)} captured again`]),
    ...(left === 0 ? [] : [`${renderLetters(left)} left alone`]),
  ];
  return done.length === 0 ? `No dead letter in ${topic} is meant by that.` : `Replayed ${topic}: ${done.join(", ")}.`;
}

export function renderLetters(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "letter" : "letters"}`;
}
