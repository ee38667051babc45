import type { SearchHit, SearchRequest } from "../vector-store.js";
import type { ZvecSearch } from "./collection-search.js";
import type { Fields } from "./facets.js";
import { matches } from "../filter-match.js";
import { toExpression } from "./filter.js";
import { toHit, type ZvecHit } from "./point.js";

/** By how much more is asked for when too few of what zvec found did match. */
const GROWTH = 4;

/**
 * What zvec finds by its filter, of which those stay that match to the letter; more is asked for as long as that is too
 * few and there may be more.
 *
 * @throws {InputRefusedError} when the filter can't be put to zvec.
 */
export async function searchExactly({
  request: { vector, k, filter },
  fields,
  terms,
  ask,
}: {
  readonly request: SearchRequest;
  readonly fields: Fields;
  readonly terms: readonly number[] | null;
  readonly ask: (request: ZvecSearch) => Promise<ZvecHit[]>;
}): Promise<SearchHit[]> {
  const expression = filter ? toExpression(filter, fields) : true;
  if (expression === false) return [];
  for (let asked = k; ; asked *= GROWTH) {
    const found = await ask({ vector, k: asked, filter: expression === true ? null : expression, terms });
    const hits = found.map(toHit).filter(({ payload }) => !filter || matches(filter, payload));
    if (hits.length >= k || found.length < asked) return hits.slice(0, k);
  }
}
