/**
 * For stores that read all points in no order, or some by id: a scroll lists the ids once, sorts them, and reads page by
 * page. The list is kept between the pages of a collection (about 100 bytes an id) and made again when it is gone,
 * which a page's `after` outlives because the order is that of the ids.
 */
export class ScrollOrder {
  readonly #lists = new Map<string, readonly string[]>();

  page(
    collection: string,
    limit: number,
    after: string | null,
    list: () => string[],
  ): { readonly ids: readonly string[]; readonly next: string | null } {
    const known = after === null ? undefined : this.#lists.get(collection);
    const all = known ?? list().sort();
    const start = after === null ? 0 : firstAfter(all, after);
    const ids = all.slice(start, start + limit);
    const next = start + limit < all.length ? (ids.at(-1) ?? null) : null;
    if (next === null) this.#lists.delete(collection);
    else this.#lists.set(collection, all);
    return { ids, next };
  }

  /** Whether the next page needs no list. */
  has(collection: string): boolean {
    return this.#lists.has(collection);
  }

  forget(collection: string): void {
    this.#lists.delete(collection);
  }
}

/** The place of the first id above `after`. */
function firstAfter(sorted: readonly string[], after: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
