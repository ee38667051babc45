import type { ModelConfiguration } from "@freshet/process/model-configuration";

/** What some of an index's rows have shown. */
export interface Measured {
  /** Rows that were looked at; those that are in the index now, by its rules; and by the rules that it is to have. */
  readonly rows: number;
  readonly inIndexNow: number;
  readonly inIndexThen: number;
  /** What those become: texts and their tokens, and the part of them whose vectors are known. */
  readonly texts: number;
  readonly tokens: number;
  readonly knownTexts: number;
  readonly knownTokens: number;
  /** Texts embedded in a second, in a trial; null when it wasn't tried. */
  readonly textsPerSecond: number | null;
}

export interface Totals {
  /** Records that have to be read. */
  readonly records: number;
  /** Of those, how many were looked at. */
  readonly looked: number;
  /** Rows that the serving collection has; null when it can't be asked. */
  readonly rowsNow: number | null;
}

export interface Estimate {
  readonly rows: number;
  readonly texts: number;
  readonly tokens: number;
  readonly knownTexts: number;
  /** Of the tokens that aren't known. */
  readonly tokensToEmbed: number;
  readonly cost: { readonly amount: number; readonly currency: string } | null;
  /** Null without a trial. */
  readonly seconds: number | null;
}

/** From the part to the whole. */
export function estimate(measured: Measured, totals: Totals, price: ModelConfiguration["price"]): Estimate {
  const { inIndexNow, inIndexThen, texts, tokens, knownTexts, knownTokens, textsPerSecond } = measured;
  const perRecord = totals.looked === 0 ? 0 : inIndexThen / totals.looked;
  // What the store has tells rows from the many records that a row may have; its share tells what another `where` does.
  const counted = totals.rowsNow === null || inIndexNow === 0 ? null : (totals.rowsNow * inIndexThen) / inIndexNow;
  const rows = counted ?? totals.records * perRecord;
  const factor = inIndexThen === 0 ? 0 : rows / inIndexThen;
  const tokensToEmbed = (tokens - knownTokens) * factor;
  const textsToEmbed = (texts - knownTexts) * factor;
  return {
    ...{ rows, texts: texts * factor, tokens: tokens * factor, knownTexts: knownTexts * factor, tokensToEmbed },
    cost: price ? { amount: (tokensToEmbed / 1e6) * price.perMillionTokens, currency: price.currency } : null,
    seconds: textsPerSecond === null ? null : textsToEmbed / textsPerSecond,
  };
}
