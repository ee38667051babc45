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

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const field = z.string();
const bound = z.number().optional();

export const payloadFilterSchema: z.ZodType<PayloadFilter> = z.lazy(() =>
  z.union([
    z.strictObject({ field, equals: scalar }),
    z.strictObject({ field, in: z.array(scalar) }),
    z.strictObject({ field, range: z.strictObject({ gt: bound, gte: bound, lt: bound, lte: bound }) }),
    z.strictObject({ field, isNull: z.literal(true) }),
    z.strictObject({ and: z.array(payloadFilterSchema) }),
    z.strictObject({ or: z.array(payloadFilterSchema) }),
    z.strictObject({ not: payloadFilterSchema }),
  ]),
);
