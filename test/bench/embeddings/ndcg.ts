const PLACES = 10;

/** nDCG@10 of one ranking, with relevance of 0 or 1. */
export function ndcg(ranking: readonly string[], relevant: ReadonlySet<string>): number {
  const gain = (place: number) => 1 / Math.log2(place + 2);
  const found = ranking.slice(0, PLACES).reduce((sum, id, place) => sum + (relevant.has(id) ? gain(place) : 0), 0);
  const best = Array.from({ length: Math.min(PLACES, relevant.size) }, (_, place) => gain(place));
  return found / best.reduce((sum, one) => sum + one, 0);
}
