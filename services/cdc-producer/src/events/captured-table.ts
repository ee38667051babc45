import type { PostgresType } from "@freshet/postgres/type-catalogue";
import { ACCEPT, SourceError } from "@freshet/postgres/errors";
import { formatTableName } from "@freshet/process/table-name";
import type { RelationColumn } from "../replication/pgoutput.js";
import { jsonOf, type ToJson } from "@freshet/postgres/values/to-json";

interface CapturedColumn {
  readonly name: string;
  /** The name as a JSON string, with its quotes. */
  readonly jsonName: string;
  readonly type: PostgresType;
  /** Such as the length of a varchar; -1: none. */
  readonly typeModifier: number;
  /** Of values that aren't null. */
  readonly toJson: ToJson;
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

export interface CapturedTableSource {
  readonly schema: string;
  readonly name: string;
  readonly partitioned: boolean;
  readonly columns: readonly RelationColumn[];
  /** The primary key's columns in key order, as the catalogue has them now. */
  readonly keyColumns: readonly string[];
  /** By OID; a type that was dropped since is absent. */
  readonly types: ReadonlyMap<number, PostgresType>;
  readonly topic: string;
  readonly partitions: number;
}

/** @throws {SourceError} when the table as it was had no column that could be its key. */
export function captureTable(source: CapturedTableSource): CapturedTable {
  const { schema, name, partitioned, columns, types, topic, partitions } = source;
  return {
    ...{ schema, name, partitioned },
    columns: columns.map((column) => captureColumn(column, types)),
    key: findKey(source),
    topic,
    partitions,
  };
}

function captureColumn(column: RelationColumn, types: ReadonlyMap<number, PostgresType>): CapturedColumn {
  const { name, typeOid, typeModifier, identity } = column;
  const type = types.get(typeOid) ?? droppedType(typeOid);
  return { name, jsonName: JSON.stringify(name), type, typeModifier, toJson: jsonOf(type), identity };
}

/** Its values are still in the WAL, as text. */
function droppedType(oid: number): PostgresType {
  return { oid, schema: "", name: "", delimiter: ",", kind: "base" };
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
  throw new SourceError(
    "key-changed",
    `The key of ${formatTableName(source)} changed while changes from before were still to be read, so their rows have no ` +
      `name: ${ACCEPT}.`,
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
