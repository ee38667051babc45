import type { CollectionFeatures, FieldType } from "../collection-spec.js";
import { keyOf } from "./column-filter.js";
import { OURS } from "./point.js";

/** Of what writes ask by, and for no more than they ask: each index costs every write. Searches, and graphs, have no use for them. */
const OWN = [
  { field_name: `${OURS}.table`, field_schema: { type: "keyword", enable_hnsw: false } },
  {
    field_name: `${OURS}.partition`,
    field_schema: { type: "integer", lookup: true, range: false, enable_hnsw: false },
  },
  ...(["epoch", "lsn", "seq"] as const).map((part) => ({
    field_name: `${OURS}.${part}`,
    field_schema: { type: "integer", lookup: false, range: true, enable_hnsw: false } as const,
  })),
] as const;

const TYPES = { keyword: "keyword", integer: "integer", float: "float", boolean: "bool" } as const satisfies Record<
  FieldType,
  string
>;

/**
 * Made before the first point: graphs get their edges for filters only then, and servers in strict mode refuse filters
 * without an index. The tenant's index lays a tenant's points beside each other.
 *
 * @throws {InputRefusedError} for a column whose name Qdrant can't be asked about.
 */
export function payloadIndexes({ fields, tenant }: CollectionFeatures) {
  const columns = Object.entries(fields).map(([field, type]) => ({
    field_name: keyOf(field),
    field_schema: field === tenant ? ({ type: "keyword", is_tenant: true } as const) : ({ type: TYPES[type] } as const),
  }));
  return [...OWN, ...columns];
}
