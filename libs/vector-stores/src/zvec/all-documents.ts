import type { ZVecCollection, ZVecDoc } from "@zvec/zvec";
import { hasIdFrom } from "./expression.js";

/** Half of what zvec answers at most, as ids are spread evenly. */
const DOCUMENTS_PER_SLICE = 50_000;
const MAX_DOCUMENTS = 100_000;

/** Every document, without its vectors, in no order: slices of the ids. zvec's own iterator fails while it optimizes. */
export function* allDocuments(zvec: ZVecCollection, outputFields: string[]): Generator<ZVecDoc> {
  const slices = zvec.stats.docCount / DOCUMENTS_PER_SLICE;
  const digits = Math.max(1, Math.ceil(Math.log(slices) / Math.log(16)));
  const starts = Array.from({ length: 16 ** digits }, (_, place) => place.toString(16).padStart(digits, "0"));
  for (const [place, start] of starts.entries()) {
    yield* zvec.querySync({ filter: hasIdFrom(start, starts[place + 1]), topk: MAX_DOCUMENTS, outputFields });
  }
}
