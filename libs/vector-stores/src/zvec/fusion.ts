/** What keeps the first places from deciding alone: Cormack et al., "Reciprocal Rank Fusion", 2009. */
const RANK_CONSTANT = 60;

/** Lists of hits, each best first, as one: by the sum of the reciprocals of their places. */
export function fused<Hit extends { readonly id: string }>(
  lists: readonly (readonly Hit[])[],
  k: number,
): (Hit & { readonly score: number })[] {
  const found = new Map<string, Hit & { readonly score: number }>();
  for (const list of lists) {
    for (const [place, hit] of list.entries()) {
      const score = (found.get(hit.id)?.score ?? 0) + 1 / (RANK_CONSTANT + place + 1);
      found.set(hit.id, { ...hit, score });
    }
  }
  return [...found.values()].sort((a, b) => b.score - a.score).slice(0, k);
}
