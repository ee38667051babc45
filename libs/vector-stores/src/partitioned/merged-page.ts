import type { ScrollPage, StoredPoint } from "../vector-store.js";
import { oldest, onePerId } from "./copies.js";

/**
 * One page of all collections, by id, of a page of each. Where a store goes on is an id: some begin with it and some after it, so
 * what isn't after `after` is left out here.
 */
export function mergedPage(pages: readonly ScrollPage[], limit: number, after: string | null): ScrollPage {
  // Beyond it some collection has points that aren't in its page.
  const [end] = pages.flatMap(({ next }) => (next === null ? [] : [next])).sort();
  const copies = pages.flatMap(({ points }) => points);
  const points = [...onePerId(copies, oldest).values()]
    .filter(({ id }) => (after === null || id > after) && (end === undefined || id <= end))
    .sort(byId);
  const page = points.slice(0, limit);
  if (end === undefined && page.length === points.length) return { points: page, next: null };
  return { points: page, next: page.at(-1)?.id ?? end ?? null };
}

function byId(a: StoredPoint, b: StoredPoint): number {
  return a.id < b.id ? -1 : 1;
}
