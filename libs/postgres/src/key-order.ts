import { formatTableName, type TableName } from "@freshet/process/table-name";
import type { Session } from "./session.js";

/** A column of a table's key, and how an index over it compares its values. */
export interface KeyColumn {
  readonly name: string;
  /** The type (under a domain, its base) as a cast writes it, with its length or precision. */
  readonly type: string;
  /** `OPERATOR(schema.name)`. */
  readonly equal: string;
  readonly atLeast: string;
  readonly above: string;
}

/**
 * The operators of each type's default B-tree operator class, which is found as Postgres finds it (GetDefaultOpClass:
 * the type's own class, else that of a type it is binary compatible with, a preferred one first).
 */
const KEY_ORDER = `WITH RECURSIVE key (n, name, base, modifier) AS (
  SELECT wanted.n, a.attname, a.atttypid, a.atttypmod
  FROM unnest($3::text[]) WITH ORDINALITY wanted (name, n)
  JOIN pg_namespace s ON s.nspname = $1 JOIN pg_class c ON c.relnamespace = s.oid AND c.relname = $2
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = wanted.name AND NOT a.attisdropped
  UNION ALL
  SELECT n, name, typbasetype, typtypmod FROM key JOIN pg_type ON pg_type.oid = base AND typtype = 'd'
)
SELECT key.name, format_type(key.base, key.modifier), ${[3, 4, 5].map(operator).join(", ")}
FROM key JOIN pg_type t ON t.oid = key.base AND t.typtype <> 'd'
CROSS JOIN LATERAL (
  SELECT candidate.opcfamily, candidate.opcintype
  FROM pg_opclass candidate JOIN pg_am method ON method.oid = candidate.opcmethod AND method.amname = 'btree'
  JOIN pg_type input ON input.oid = candidate.opcintype
  WHERE candidate.opcdefault AND (input.oid = t.oid
    OR input.typname = CASE t.typtype WHEN 'e' THEN 'anyenum' WHEN 'r' THEN 'anyrange' WHEN 'm' THEN 'anymultirange'
      WHEN 'c' THEN 'record' ELSE CASE WHEN t.typcategory = 'A' THEN 'anyarray' END END
    OR EXISTS (SELECT FROM pg_cast WHERE castsource = t.oid AND casttarget = input.oid
      AND castmethod = 'b' AND castcontext = 'i'))
  ORDER BY input.oid = t.oid DESC, input.typispreferred DESC LIMIT 1
) class
ORDER BY key.n`;

function operator(strategy: number): string {
  return `(SELECT format('OPERATOR(%I.%s)', s.nspname, o.oprname)
    FROM pg_amop member JOIN pg_operator o ON o.oid = member.amopopr JOIN pg_namespace s ON s.oid = o.oprnamespace
    WHERE member.amopfamily = class.opcfamily AND member.amopstrategy = ${strategy}
      AND member.amoplefttype = class.opcintype AND member.amoprighttype = class.opcintype)`;
}

/**
 * How rows are ordered by these columns: as `ORDER BY` and an index over the key do it. A type of an extension has
 * operators of its own, which aren't in our search path, and others would not agree with that order. (An index that a
 * primary key rests on always has the types' default operator classes and the columns' collations.)
 *
 * @throws {RangeError} when a column is missing, or its type has no order.
 */
export async function readKeyOrder(
  session: Session,
  table: TableName,
  columns: readonly string[],
): Promise<KeyColumn[]> {
  const key = await readKeyColumns(session, table, columns);
  if (key.length !== columns.length || columns.length === 0) {
    throw new RangeError(`the rows of ${formatTableName(table)} have no order by (${columns.join(", ")})`);
  }
  return key;
}

/** The same, of those columns alone that are there and whose types have an order. */
export async function readKeyColumns(
  session: Session,
  { schema, name }: TableName,
  columns: readonly string[],
): Promise<KeyColumn[]> {
  const rows = await session.rows(KEY_ORDER, [schema, name, arrayText(columns)]);
  return rows.map(([column, type, equal, atLeast, above]) => ({
    ...{ name: column ?? "", type: type ?? "" },
    ...{ equal: equal ?? "", atLeast: atLeast ?? "", above: above ?? "" },
  }));
}

/** As Postgres reads an array of texts. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((value) => `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(",")}}`;
}
