/**
 * Which texts share an inference. A batch is a rectangle as wide as its longest text, and all of the rectangle is
 * computed.
 *
 * @param lengths the texts' lengths in tokens.
 * @param options.maxTokens area of a batch at most; a longer text goes alone.
 * @param options.callCost what starting one more inference costs, in tokens that could be computed instead.
 * @returns batches of places in `lengths`; each place is in one batch. Of all ways to cut the texts in order of
 * length, this one computes the least.
 */
export function planBatches(
  lengths: readonly number[],
  { maxTokens, callCost }: { readonly maxTokens: number; readonly callCost: number },
): number[][] {
  const order = lengths.map((length, place) => ({ length, place })).sort((a, b) => a.length - b.length);
  // cheapest[n]: the least cost of the n shortest texts, and where the last of those batches begins.
  const cheapest = [{ cost: 0, start: 0 }];
  order.forEach(({ length }, last) => {
    let best = { cost: (cheapest[last]?.cost ?? 0) + callCost + length, start: last };
    for (let start = last - 1; start >= 0 && (last + 1 - start) * length <= maxTokens; start--) {
      const cost = (cheapest[start]?.cost ?? 0) + callCost + (last + 1 - start) * length;
      if (cost < best.cost) best = { cost, start };
    }
    cheapest.push(best);
  });

  const batches: number[][] = [];
  for (let end = order.length; end > 0;) {
    const start = cheapest[end]?.start ?? 0;
    batches.push(order.slice(start, end).map(({ place }) => place));
    end = start;
  }
  return batches.reverse();
}
