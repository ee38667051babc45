export interface RequestLimits {
  /** Texts of one request at most. */
  readonly items: number;
  /** Tokens of one request at most; a longer text goes alone. */
  readonly tokens: number;
}

/** Cuts texts, given by their tokens, into requests; `[start, end)` each, in order. */
export function planRequests(tokens: readonly number[], limits: RequestLimits): (readonly [number, number])[] {
  const requests: (readonly [number, number])[] = [];
  let start = 0;
  let sum = 0;
  for (const [place, count] of tokens.entries()) {
    if (place > start && (place - start === limits.items || sum + count > limits.tokens)) {
      requests.push([start, place]);
      start = place;
      sum = 0;
    }
    sum += count;
  }
  if (start < tokens.length) requests.push([start, tokens.length]);
  return requests;
}

/** A request's bill, shared among its texts by their own counts; whole tokens whose sum is the bill. */
export function shareTokens(billed: number, counts: readonly number[]): number[] {
  const weights = counts.map((count) => Math.max(count, 1));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let seen = 0;
  return weights.map((weight) => {
    const before = Math.round((billed * seen) / all);
    seen += weight;
    return Math.round((billed * seen) / all) - before;
  });
}
