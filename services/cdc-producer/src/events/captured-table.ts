import { FatalError } from "@freshet/streaming/errors";
import type { RelationColumn } from "../replication/pgoutput.js";

interface CapturedColumn {
  readonly name: string;
  /** The type, or the type under a domain. */
  readonly typeOid: number;
  /** Part of the replica identity: known of an old row. */
  readonly identity: boolean;
}

/** A table as it was when some of its rows were read or changed, and where its events go. */
export interface CapturedTable {
  readonly schema: string;
  readonly name: string;
  readonly partitioned: boolean;
  readonly columns: readonly CapturedColumn[];
  /** Places of the primary key's columns among `columns`, in key order. */
  readonly key: readonly number[];
  readonly topic: string;
  readonly partitions: number;
}

/** `schema.table`, for logs, metrics and state. */
export function tableLabel(table: { readonly schema: string; readonly name: string }): string {
  return `${table.schema}.${table.name}`;
}

export interface CapturedTableSource {
  readonly schema: string;
  readonly name: string;
  readonly partitioned: boolean;
  readonly columns: readonly RelationColumn[];
  /** The primary key's columns in key order, as the catalogue has them now. */
  readonly keyColumns: readonly string[];
  /** The base type by the OID of each domain. */
  readonly domains: ReadonlyMap<number, number>;
  readonly topic: string;
  readonly partitions: number;
}

/** @throws {FatalError} when the table as it was had no column that could be its key. */
export function captureTable(source: CapturedTableSource): CapturedTable {
  const { schema, name, partitioned, columns, domains, topic, partitions } = source;
  return {
    ...{ schema, name, partitioned },
    columns: columns.map(({ name, typeOid, identity }) => ({ name, typeOid: baseType(typeOid, domains), identity })),
    key: findKey(source),
    topic,
    partitions,
  };
}

function baseType(typeOid: number, domains: ReadonlyMap<number, number>): number {
  const base = domains.get(typeOid);
  return base === undefined ? typeOid : baseType(base, domains);
}

/**
 * The catalogue knows the key as it is now; the relation is as it was. When they don't match (a key column was renamed
 * since), the replica identity tells, except under REPLICA IDENTITY FULL, where it is every column.
 */
function findKey(source: CapturedTableSource): number[] {
  const { columns, keyColumns } = source;
  const places = keyColumns.map((name) => columns.findIndex((column) => column.name === name));
  if (places.length > 0 && !places.includes(-1)) return places;
  const identity = [...columns.keys()].filter((place) => columns[place]?.identity);
  if (identity.length > 0 && identity.length < columns.length) return identity;
  throw new FatalError(
    `The primary key of ${tableLabel(source)} changed while changes from before were still to be read, so their rows ` +
      `have no name: name a new source.slot in freshet.yaml, which starts with a fresh snapshot.`,
  );
}

/** The table less some columns, which can't be read any more. */
export function withoutColumns(table: CapturedTable, places: ReadonlySet<number>): CapturedTable {
  const kept = [...table.columns.keys()].filter((place) => !places.has(place));
  return {
    ...table,
    columns: table.columns.filter((_, place) => !places.has(place)),
    key: table.key.map((place) => kept.indexOf(place)),
  };
}
