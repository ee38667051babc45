type Terms = Iterable<number>;

/**
 * In how many documents each term is: exact, because every write goes through here. Counted when first asked for, from
 * the documents themselves, so that nothing beside them is to be kept.
 */
export class TermCounts {
  #counts: Map<number, number> | undefined;

  get known(): boolean {
    return this.#counts !== undefined;
  }

  countAll(documents: Iterable<Terms>): void {
    this.#counts = new Map();
    this.add(documents);
  }

  /** Nothing while they aren't known: they will be counted with the rest. */
  add(documents: Iterable<Terms>): void {
    this.#change(documents, 1);
  }

  remove(documents: Iterable<Terms>): void {
    this.#change(documents, -1);
  }

  forget(): void {
    this.#counts = undefined;
  }

  /** BM25's weight of a rare term: ln(1 + (N - n + 0.5) / (n + 0.5)). Without the terms that no document has. */
  idf(terms: Terms, documents: number): Record<number, number> {
    const weights: Record<number, number> = {};
    for (const term of terms) {
      const count = this.#counts?.get(term) ?? 0;
      if (count > 0) weights[term] = Math.log(1 + (documents - count + 0.5) / (count + 0.5));
    }
    return weights;
  }

  #change(documents: Iterable<Terms>, by: 1 | -1): void {
    const counts = this.#counts;
    if (!counts) return;
    for (const terms of documents) {
      for (const term of terms) {
        const count = (counts.get(term) ?? 0) + by;
        if (count > 0) counts.set(term, count);
        else counts.delete(term);
      }
    }
  }
}
