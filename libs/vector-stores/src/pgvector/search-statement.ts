import type { CollectionSpec } from "../collection-spec.js";
import type { SearchRequest } from "../vector-store.js";
import { binaryVector } from "./binary-vector.js";
import { condition, Parameters } from "./filter.js";
import { METADATA } from "./point.js";
import { sparseVector } from "./terms.js";
import { distanceTo, type VectorIndex } from "./vector-index.js";
import type { Statement } from "./write-statements.js";

/** Of reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009). */
const RRF_K = 60;
/** Of each of the two lists that are fused, at least. */
const LEAST_FUSED = 100;
/** From here on the statistics that Postgres keeps for its planner are near enough, and counting takes long. */
const COUNTED_POINTS = 10_000;

export interface Search {
  readonly spec: CollectionSpec;
  /** Quoted, with its schema. */
  readonly table: string;
  /** Undefined: every point is looked at. */
  readonly index: VectorIndex | undefined;
  readonly request: SearchRequest;
}

/** What is nearest first, with its `distance`. */
export function nearestStatement(search: Search): Statement {
  const { request } = search;
  const parameters = new Parameters();
  return {
    text: `SELECT ${METADATA}, text, ${payloadOf(request, parameters)} AS payload, distance
      FROM ${nearest(search, request.k, parameters)} AS point
      ORDER BY distance + 0 LIMIT ${parameters.add(String(request.k))}`,
    values: parameters.values,
  };
}

/**
 * By the sum of reciprocal ranks among what is nearest and what has most of the query's terms by BM25. How many points have
 * a term is asked when it is needed: Postgres knows it of frequent terms (`most_common_elems`), and rare ones are counted.
 *
 * @param terms an `integer[]`.
 */
export function hybridStatement(search: Search, terms: string): Statement {
  const { request, table, spec } = search;
  const { k, filter } = request;
  const parameters = new Parameters();
  const asked = parameters.add(terms);
  const fused = Math.max(LEAST_FUSED, k);
  const where = filter ? `AND (${condition(filter, { fields: spec.features.fields, parameters })})` : "";
  return {
    text: `WITH total AS MATERIALIZED (
        SELECT CASE WHEN reltuples > ${COUNTED_POINTS} THEN reltuples ELSE (SELECT count(*) FROM ${table}) END AS points,
          reltuples > ${COUNTED_POINTS} AS known, relnamespace, relname
        FROM pg_class WHERE oid = ${parameters.add(table)}::regclass
      ), frequent AS MATERIALIZED (
        SELECT term, frequency * points AS holders FROM total
          JOIN pg_namespace ON known AND pg_namespace.oid = relnamespace
          JOIN pg_stats ON schemaname = nspname AND tablename = relname AND attname = 'terms',
          unnest(most_common_elems::text::integer[], most_common_elem_freqs) AS statistic (term, frequency)
        WHERE term IS NOT NULL
      ), asked AS MATERIALIZED (
        SELECT term, coalesce(
            (SELECT holders FROM frequent WHERE frequent.term = asked.term),
            (SELECT count(*) FROM ${table} WHERE terms @> ARRAY[term])) AS holders
        FROM unnest(${asked}::integer[]) AS asked (term)
      ), query AS MATERIALIZED (
        SELECT ${sparseVector("term", "ln(1 + (greatest(points - holders, 0) + 0.5) / (holders + 0.5))::real")} AS weights
        FROM asked, total
      ), worded AS (
        SELECT id, row_number() OVER (ORDER BY score DESC, id) AS rank FROM (
          SELECT id, -(weights <#> (SELECT weights FROM query)) AS score FROM ${table}
          WHERE terms && ${asked}::integer[] ${where} ORDER BY score DESC, id LIMIT ${fused}) AS best
      ), near AS (
        SELECT id, row_number() OVER (ORDER BY distance + 0, id) AS rank
        FROM ${nearest(search, fused, parameters)} AS best
      ), fused AS (
        SELECT id, sum(1 / (${RRF_K} + rank)::float8) AS score
        FROM (SELECT * FROM worded UNION ALL SELECT * FROM near WHERE rank <= ${fused}) AS ranked
        GROUP BY id ORDER BY score DESC, id LIMIT ${parameters.add(String(k))}
      )
      SELECT ${METADATA}, text, ${payloadOf(request, parameters)} AS payload, score
      FROM fused JOIN ${table} AS point USING (id) ORDER BY score DESC, id`,
    values: parameters.values,
  };
}

/** Those that the index finds, with their true distance: without order, and more than asked for when it is coarse. */
function nearest({ spec, table, index, request }: Search, hits: number, parameters: Parameters): string {
  const { filter, vector } = request;
  const query = `${parameters.add(binaryVector(vector))}::vector`;
  const distance = distanceTo(query, spec);
  const where = filter ? `WHERE ${condition(filter, { fields: spec.features.fields, parameters })}` : "";
  // The index doesn't answer a sum.
  const order = index ? index.distanceTo(query) : `(${distance}) + 0`;
  const candidates = parameters.add(String(hits * (index?.candidatesPerHit ?? 1)));
  return `(SELECT *, ${distance} AS distance FROM ${table} ${where} ORDER BY ${order} LIMIT ${candidates})`;
}

function payloadOf({ payload }: SearchRequest, parameters: Parameters): string {
  return payload
    ? `(SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(payload)
          WHERE key = ANY (${parameters.add(payload)}::text[]))`
    : "payload";
}
