import type { SearchHit, SearchRequest } from "./vector-store.js";

/** What a request asked for, of hits that the store gave with everything: best first, as they came. */
export function narrowed(hits: readonly SearchHit[], { threshold = -Infinity, payload }: SearchRequest): SearchHit[] {
  const near = hits.filter(({ score }) => score >= threshold);
  if (!payload) return near;
  const wanted = new Set(payload);
  return near.map((hit) => ({
    ...hit,
    payload: Object.fromEntries(Object.entries(hit.payload).filter(([name]) => wanted.has(name))),
  }));
}
