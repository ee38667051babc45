import type { PostgresType } from "@freshet/postgres/type-catalogue";

/** By the names in pg_type, what Postgres calls a type where its SQL name is another; `%` stands for its modifier. */
const SQL_NAMES: ReadonlyMap<string, string> = new Map([
  ["bit", "bit%"],
  ["bool", "boolean"],
  ["bpchar", "character%"],
  ["float4", "real"],
  ["float8", "double precision"],
  ["int2", "smallint"],
  ["int4", "integer"],
  ["int8", "bigint"],
  ["interval", "interval%"],
  ["numeric", "numeric%"],
  ["time", "time% without time zone"],
  ["timestamp", "timestamp% without time zone"],
  ["timestamptz", "timestamp% with time zone"],
  ["timetz", "time% with time zone"],
  ["varbit", "bit varying%"],
  ["varchar", "character varying%"],
]);

/**
 * What `format_type(oid, typmod)` says in a session with the default search path.
 *
 * @param modifier of the column, such as the length of a varchar; -1: none.
 */
export function typeName(type: PostgresType, modifier: number): string {
  if (type.kind === "array") return `${typeName(type.element, modifier)}[]`;
  const { schema, name } = type;
  if (schema !== "pg_catalog") {
    return (schema === "public" ? quoted(name) : `${quoted(schema)}.${quoted(name)}`) + parenthesized(modifier);
  }
  if (name === "bpchar" && modifier < 0) return name;
  const sqlName = SQL_NAMES.get(name);
  if (sqlName === undefined) return name + parenthesized(modifier);
  return sqlName.replace("%", modifier < 0 ? "" : modifierOf(name, modifier));
}

/** A varlena's header is counted in its length. */
const HEADER_BYTES = 4;
const UNLIMITED_PRECISION = 0xffff;

/** As the types' own functions print them, https://github.com/postgres/postgres/tree/master/src/backend/utils/adt. */
function modifierOf(name: string, modifier: number): string {
  switch (name) {
    case "bpchar":
    case "varchar":
      return parenthesized(modifier - HEADER_BYTES);
    case "numeric":
      return numericModifier(modifier - HEADER_BYTES);
    case "interval":
      return intervalModifier(modifier);
    default:
      return parenthesized(modifier);
  }
}

function numericModifier(modifier: number): string {
  // The scale has 11 bits, with a sign.
  const scale = ((modifier & 0x7ff) ^ 0x400) - 0x400;
  return `(${modifier >> 16},${scale})`;
}

const FIELDS = [
  ["year", 1 << 2],
  ["month", 1 << 1],
  ["day", 1 << 3],
  ["hour", 1 << 10],
  ["minute", 1 << 11],
  ["second", 1 << 12],
] as const;
const ALL_FIELDS = 0x7fff;

function intervalModifier(modifier: number): string {
  const mask = (modifier >> 16) & ALL_FIELDS;
  const names = mask === ALL_FIELDS ? [] : FIELDS.filter(([, bit]) => mask & bit).map(([name]) => name);
  const [first, last] = [names[0], names.at(-1)];
  const fields = first === undefined ? "" : first === last ? ` ${first}` : ` ${first} to ${last ?? ""}`;
  const precision = modifier & UNLIMITED_PRECISION;
  return fields + (precision === UNLIMITED_PRECISION ? "" : `(${precision})`);
}

function parenthesized(modifier: number): string {
  return modifier < 0 ? "" : `(${modifier})`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
