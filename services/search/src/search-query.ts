import { z } from "zod";

const MAX_RESULTS = 1000;

const parameters = z.object({
  q: z.string("is missing: the text to search for").trim().min(1, "is empty: give the text to search for"),
  k: z.coerce
    .number("must be a whole number")
    .int("must be a whole number")
    .min(1, "must be at least 1")
    .max(MAX_RESULTS, `must be at most ${MAX_RESULTS}`)
    .default(10),
  index: z.string().optional(),
});

interface SearchQuery {
  readonly text: string;
  readonly k: number;
  readonly index: string;
}

export type ParsedQuery = { readonly query: SearchQuery } | { readonly complaint: string };

/** `index` may be left out when there is just one. */
export function parseSearchQuery(raw: unknown, indexes: readonly string[]): ParsedQuery {
  const result = parameters.safeParse(raw);
  if (!result.success) {
    return { complaint: result.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`).join("; ") };
  }
  const { q, k, index = indexes.length === 1 ? indexes[0] : undefined } = result.data;
  if (index === undefined) return { complaint: `index is missing: one of ${indexes.join(", ")}` };
  if (!indexes.includes(index)) return { complaint: `there is no index "${index}"; one of ${indexes.join(", ")}` };
  return { query: { text: q, k, index } };
}
