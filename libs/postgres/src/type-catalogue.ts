import type { Session } from "./session.js";

/** A type as `pg_type` describes it: https://www.postgresql.org/docs/current/catalog-pg-type.html */
export type PostgresType = PlainType | DomainType | ArrayType;

interface Named {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** What stands between such values in an array's text: a semicolon for `box`, else a comma. */
  readonly delimiter: string;
}
export interface PlainType extends Named {
  readonly kind: "base" | "enum" | "range" | "multirange" | "composite";
}
export interface DomainType extends Named {
  readonly kind: "domain";
  readonly base: PostgresType;
}
export interface ArrayType extends Named {
  readonly kind: "array";
  readonly element: PostgresType;
}

/**
 * With what the domains and arrays among them are made of. `point`, `int2vector` and their like have elements too, but
 * aren't printed as arrays: an array is only what its element names as such.
 */
const TYPES = `WITH RECURSIVE wanted (oid) AS (
  SELECT unnest($1::oid[])
  UNION SELECT part.oid FROM wanted JOIN pg_type t USING (oid), LATERAL (VALUES (t.typbasetype), (t.typelem)) part (oid)
)
SELECT t.oid, n.nspname, t.typname, t.typdelim, t.typtype, t.typbasetype, element.oid
FROM wanted JOIN pg_type t USING (oid) JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN pg_type element ON element.oid = t.typelem AND element.typarray = t.oid`;

const KINDS: Readonly<Record<string, PlainType["kind"]>> = {
  e: "enum",
  r: "range",
  m: "multirange",
  c: "composite",
};

/** Types by OID, less those that no longer exist. */
export async function readTypes(session: Session, oids: readonly number[]): Promise<ReadonlyMap<number, PostgresType>> {
  const rows = await session.rows(TYPES, [`{${oids.join(",")}}`]);
  const rowByOid = new Map(rows.map((row) => [Number(row[0]), row]));
  const types = new Map<number, PostgresType>();
  const describe = (oid: number): PostgresType => {
    const known = types.get(oid);
    if (known !== undefined) return known;
    const row = rowByOid.get(oid);
    if (row === undefined) throw new RangeError(`pg_type has no row ${oid}, which another one of its rows names`);
    const [, schema, name, delimiter, typtype, base, element] = row;
    const named: Named = { oid, schema: schema ?? "", name: name ?? "", delimiter: delimiter ?? "," };
    const type: PostgresType =
      typtype === "d"
        ? { ...named, kind: "domain", base: describe(Number(base)) }
        : element != null
          ? { ...named, kind: "array", element: describe(Number(element)) }
          : { ...named, kind: KINDS[typtype ?? ""] ?? "base" };
    types.set(oid, type);
    return type;
  };
  return new Map(oids.filter((oid) => rowByOid.has(oid)).map((oid) => [oid, describe(oid)]));
}
