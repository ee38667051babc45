import type { ZVecDoc, ZVecDocInput, ZVecStatus } from "@zvec/zvec";
import { toStoreError } from "./failure.js";
import type { ZvecDocument, ZvecPoint } from "./point.js";
import { TERMS, VECTOR, WEIGHTS } from "./schema.js";

/** zvec's fields that a point is read from. */
export const POINT_FIELDS = ["metadata", "content"];

export function toInput({ id, fields, terms }: ZvecDocument, vector: Float32Array): ZVecDocInput {
  if (terms === null) return { id, vectors: { [VECTOR]: vector }, fields };
  const weights = Object.fromEntries(terms.ids.map((term, place) => [term, terms.weights[place] ?? 0]));
  return {
    id,
    vectors: { [VECTOR]: vector, [WEIGHTS]: weights },
    fields: { ...fields, [TERMS]: Uint32Array.from(terms.ids) },
  };
}

export function contentOf(document: ZVecDoc): Omit<ZvecPoint, "vector"> {
  return { id: document.id, metadata: textField(document, "metadata"), content: textField(document, "content") };
}

export function textField(document: ZVecDoc, name: string): string {
  return document.fields[name] as string;
}

export function termsOf(document: ZVecDoc): Iterable<number> {
  return document.fields[TERMS] as Iterable<number>;
}

/** zvec answers with an array of numbers. */
export function vectorOf(document: ZVecDoc): Float32Array {
  return new Float32Array(document.vectors[VECTOR] as number[]);
}

/** @throws what the first that failed is to a store; the points are those of the statuses, where there are any. */
export function check(statuses: readonly ZVecStatus[], points: readonly { readonly id: string }[] = []): void {
  const place = statuses.findIndex(({ ok }) => !ok);
  const failed = statuses[place];
  if (failed) throw toStoreError(failed.code, failed.message, points[place]?.id);
}
