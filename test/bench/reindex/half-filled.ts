import { setTimeout as wait } from "node:timers/promises";
import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import type { Searched } from "../../support/steady-searches.js";

/** When the collection had so many points first, by performance.now(); null when the signal was aborted before. */
export async function filledAt(
  store: SearchableStore,
  index: string,
  { before, points, signal }: { readonly before: string; readonly points: number; readonly signal: AbortSignal },
): Promise<number | null> {
  while (!signal.aborted) {
    const names = (await store.list()).filter((name) => name.startsWith(index) && name !== before);
    for (const name of names) if ((await store.count(name)) >= points) return performance.now();
    await wait(100);
  }
  return null;
}

/** Answers by the new collection that came before it was filled, and answers without the row that was asked for. */
export function fromHalfFilled(
  searched: readonly Searched[],
  { filled, isNew }: { readonly filled: number | null; readonly isNew: (text: string) => boolean },
): number {
  return searched.filter(({ answers, endedAt, question }) => {
    if (answers === null) return false;
    const isEarly = answers.some(({ text }) => isNew(text)) && (filled === null || endedAt < filled);
    return isEarly || !answers.some(({ payload }) => payload["body"] === question);
  }).length;
}
