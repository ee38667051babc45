import type { CollectionFeatures } from "@freshet/vector-stores/collection-spec";
import { payloadFilterSchema, type PayloadFilter } from "@freshet/vector-stores/payload-filter";
import { z } from "zod";
import { complaintsOf } from "./complaints.js";
import { excessOf } from "./filter-bounds.js";

const MAX_RESULTS = 1000;
const MAX_COLUMNS = 200;
/** Of the question; more than any model reads. */
const MAX_CHARACTERS = 32_768;

/** By nearness alone, or by nearness and words. */
export type SearchMode = "dense" | "hybrid";

/** What is asked of one index, before it is known what can be. */
export interface AskedSearch {
  readonly index: string;
  readonly text: string;
  readonly k: number;
  readonly mode: SearchMode | undefined;
  readonly tenant: string | undefined;
  readonly filter: PayloadFilter | undefined;
  readonly threshold: number | undefined;
  readonly payload: readonly string[] | undefined;
}

/** The tenant's part is in the filter. */
export interface SearchQuestion extends Omit<AskedSearch, "tenant"> {
  readonly mode: SearchMode;
}

/** Why something can't be asked, as a sentence. */
export interface Complaint {
  readonly complaint: string;
}

const boundedFilter = z.unknown().superRefine((filter, context) => {
  const excess = excessOf(filter);
  if (excess !== undefined) context.addIssue({ code: "custom", message: excess });
});

const text = (what: string) =>
  z.string({ error: ({ input }) => (input === undefined ? `is missing: ${what}` : `must be one text: ${what}`) });

const schema = z.strictObject(
  {
    q: text("the text to search for")
      .trim()
      .min(1, "is empty: give the text to search for")
      .max(MAX_CHARACTERS, `must have at most ${MAX_CHARACTERS} characters`),
    k: z
      .number("must be a whole number")
      .int("must be a whole number")
      .min(1, "must be at least 1")
      .max(MAX_RESULTS, `must be at most ${MAX_RESULTS}`)
      .default(10),
    index: text("the index's name").optional(),
    tenant: text("whose rows to search").min(1, "is empty: name the tenant whose rows to search").optional(),
    mode: z.enum(["dense", "hybrid"], "must be dense or hybrid").optional(),
    threshold: z.number("must be a number").optional(),
    payload: z
      .array(text("a column's name"), "must be a list of columns")
      .max(MAX_COLUMNS, `must name at most ${MAX_COLUMNS} columns`)
      .optional(),
    filter: boundedFilter.pipe(payloadFilterSchema).optional(),
  },
  {
    error: ({ code }) =>
      code === "invalid_type" ? `must be a JSON object, such as {"q": "battle in space"}` : undefined,
  },
);

/** How an index with these features is searched; the first unless asked otherwise. */
export function modesOf({ hybrid }: CollectionFeatures): readonly [SearchMode, ...SearchMode[]] {
  return hybrid ? ["hybrid", "dense"] : ["dense"];
}

export function usualMode(features: CollectionFeatures): SearchMode {
  return modesOf(features)[0];
}

/**
 * @param raw the body's JSON, or what `parameters` makes of an address. `index` may be left out when there is just one.
 * @param names of the indexes.
 */
export function parseRequest(raw: unknown, names: readonly string[]): { readonly asked: AskedSearch } | Complaint {
  const result = schema.safeParse(raw);
  if (!result.success) return { complaint: `${complaintsOf(result.error.issues)}.` };
  const { q: text, k, tenant, filter, threshold, payload, mode, ...given } = result.data;
  const index = given.index ?? (names.length === 1 ? names[0] : undefined);
  if (index === undefined) return { complaint: `index is missing: one of ${names.join(", ")}.` };
  if (!names.includes(index)) return { complaint: `There is no index "${index}"; one of ${names.join(", ")}.` };
  return { asked: { index, text, k, mode, tenant, filter, threshold, payload } };
}

/** What a collection with these features is to be asked. */
export function questionOf(
  { tenant, ...asked }: AskedSearch,
  features: CollectionFeatures,
): { readonly question: SearchQuestion } | Complaint {
  const { index, filter, threshold } = asked;
  const mode = asked.mode ?? usualMode(features);
  const complaint =
    tenantComplaint(index, features, tenant) ??
    (mode === "hybrid" && !features.hybrid
      ? `The index ${index} isn't hybrid: ask with mode dense, or set hybrid: true for an index of another name in freshet.yaml.`
      : undefined) ??
    (mode === "hybrid" && threshold !== undefined
      ? "A threshold is for mode dense: in mode hybrid a score tells a rank, no nearness."
      : undefined);
  if (complaint !== undefined) return { complaint };
  return { question: { ...asked, mode, filter: ofTenant(features, tenant, filter) } };
}

function tenantComplaint(index: string, features: CollectionFeatures, tenant: string | undefined): string | undefined {
  if (features.tenant !== null && tenant === undefined) {
    return `tenant is missing: a search of the index ${index} is for one value of ${features.tenant}.`;
  }
  if (features.tenant === null && tenant !== undefined) {
    return `The index ${index} has no tenants: leave tenant out, or set tenant: <column> for it in freshet.yaml.`;
  }
  return undefined;
}

function ofTenant(
  { tenant: column }: CollectionFeatures,
  tenant: string | undefined,
  filter: PayloadFilter | undefined,
): PayloadFilter | undefined {
  if (column === null || tenant === undefined) return filter;
  const own: PayloadFilter = { field: column, equals: tenant };
  return filter ? { and: [own, filter] } : own;
}
