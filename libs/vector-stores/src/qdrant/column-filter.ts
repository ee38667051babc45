import { InputRefusedError } from "../errors.js";
import type { PayloadFilter, Scalar } from "../payload-filter.js";
import type { Filter } from "./filter.js";

const NOTHING: Filter = { must: [{ has_id: [] }] };

/** @throws {InputRefusedError} for a column whose name Qdrant can't be asked about. */
export function toQdrantFilter(filter: PayloadFilter): Filter {
  if ("equals" in filter) return equal(keyOf(filter.field), filter.equals);
  if ("in" in filter) return anyOf(filter.in.map((value) => equal(keyOf(filter.field), value)));
  if ("range" in filter) return { must: [{ key: keyOf(filter.field), range: { ...filter.range } }] };
  // Missing, null or an empty list: https://qdrant.tech/documentation/concepts/filtering/#is-empty
  if ("isNull" in filter) return { must: [{ is_empty: { key: keyOf(filter.field) } }] };
  if ("and" in filter) return { must: filter.and.map(toQdrantFilter) };
  if ("or" in filter) return anyOf(filter.or.map(toQdrantFilter));
  if ("not" in filter) return { must_not: [toQdrantFilter(filter.not)] };
  return filter satisfies never;
}

/** Without a condition `should` would match everything. */
function anyOf(filters: Filter[]): Filter {
  return filters.length > 0 ? { should: filters } : NOTHING;
}

/** A number is compared as a range of its own: Qdrant matches whole numbers only. */
function equal(key: string, value: Scalar): Filter {
  return typeof value === "number"
    ? { must: [{ key, range: { gte: value, lte: value } }] }
    : { must: [{ key, match: { value } }] };
}

/** A column as Qdrant names it. Its keys are paths (`a.b[]`), and what is between quotes is a name as it is, with no escapes. */
export function keyOf(field: string): string {
  if (/^[a-zA-Z0-9_-]+$/.test(field)) return field;
  if (/^$|["\\]/.test(field)) {
    throw new InputRefusedError(`Qdrant can't filter by the column ${JSON.stringify(field)}, because of its name.`);
  }
  return `"${field}"`;
}
