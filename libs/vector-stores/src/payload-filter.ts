import { z } from "zod";

export type Scalar = string | number | boolean;

export interface Range {
  readonly gt?: number | undefined;
  readonly gte?: number | undefined;
  readonly lt?: number | undefined;
  readonly lte?: number | undefined;
}

/**
 * Which points to search by the row's columns. `field` is a column's name as it is. Of a list one element that matches
 * is enough. A column that is missing, null or an empty list is null, and matches nothing else; `not` is true where its
 * filter isn't. Ranges are of numbers.
 */
export type PayloadFilter =
  | { readonly field: string; readonly equals: Scalar }
  | { readonly field: string; readonly in: readonly Scalar[] }
  | { readonly field: string; readonly range: Range }
  | { readonly field: string; readonly isNull: true }
  | { readonly and: readonly PayloadFilter[] }
  | { readonly or: readonly PayloadFilter[] }
  | { readonly not: PayloadFilter };

const scalar = z.union([z.string(), z.number(), z.boolean()], "must be a text, a number, true or false");
const field = z.string("must be a column's name");
const bound = z.number("must be a number").optional();

const KINDS =
  "must be one of {field, equals}, {field, in: […]}, {field, range: {gt, gte, lt, lte}}, {field, isNull: true}, " +
  "{and: […]}, {or: […]}, {not: {…}}";

export const payloadFilterSchema: z.ZodType<PayloadFilter> = z.lazy(() =>
  z.union(
    [
      z.strictObject({ field, equals: scalar }),
      z.strictObject({ field, in: z.array(scalar, "must be a list of values") }),
      z.strictObject({ field, range: z.strictObject({ gt: bound, gte: bound, lt: bound, lte: bound }) }),
      z.strictObject({ field, isNull: z.literal(true, "must be true: for its opposite put it into {not: …}") }),
      z.strictObject({ and: z.array(payloadFilterSchema, "must be a list of filters") }),
      z.strictObject({ or: z.array(payloadFilterSchema, "must be a list of filters") }),
      z.strictObject({ not: payloadFilterSchema }),
    ],
    KINDS,
  ),
);

/** The columns that it names. */
export function fieldsOf(filter: PayloadFilter): string[] {
  if ("not" in filter) return fieldsOf(filter.not);
  if ("and" in filter) return filter.and.flatMap(fieldsOf);
  if ("or" in filter) return filter.or.flatMap(fieldsOf);
  return [filter.field];
}
