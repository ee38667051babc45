import { ByteReader } from "./byte-reader.js";
import { fromWalTime } from "./wal-time.js";

/** The server didn't write the value, because it is stored out of line (TOAST) and the update left it as it was. */
export const UNCHANGED = Symbol("unchanged");

/** A column's value as Postgres prints it. */
export type TupleValue = string | null | typeof UNCHANGED;
export type Tuple = readonly TupleValue[];

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  /** pg_attribute.atttypmod, such as the length of a varchar; -1: none. */
  readonly typeModifier: number;
  /** Part of the replica identity; under REPLICA IDENTITY FULL every column is. */
  readonly identity: boolean;
}

/** What the table looked like when the changes that follow were made. */
export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly RelationColumn[];
}

/**
 * The old row: `key` has the replica identity's columns and null elsewhere, `full` has all (REPLICA IDENTITY FULL).
 */
export interface OldTuple {
  readonly kind: "key" | "full";
  readonly tuple: Tuple;
}

/** pgoutput's messages, https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html. */
export type PgoutputMessage =
  | {
      readonly kind: "begin";
      /** Of the commit record; see Position. */
      readonly commitLsn: bigint;
      /** ms since the Unix epoch. */
      readonly committedAt: number;
      readonly xid: number;
    }
  | {
      readonly kind: "commit";
      /** Behind the commit record: once it is confirmed, the transaction doesn't come again. */
      readonly endLsn: bigint;
    }
  | { readonly kind: "relation"; readonly relation: Relation }
  | { readonly kind: "insert"; readonly oid: number; readonly tuple: Tuple }
  | { readonly kind: "update"; readonly oid: number; readonly old: OldTuple | null; readonly tuple: Tuple }
  | { readonly kind: "delete"; readonly oid: number; readonly old: OldTuple }
  | { readonly kind: "truncate"; readonly oids: readonly number[] }
  | { readonly kind: "other" };

const OTHER: PgoutputMessage = { kind: "other" };

/** Decodes one message of protocol version 1. @throws {RangeError} when the bytes aren't one. */
export function decodePgoutput(buffer: Buffer): PgoutputMessage {
  const reader = new ByteReader(buffer);
  const type = String.fromCharCode(reader.uint8());
  switch (type) {
    case "B":
      return {
        kind: "begin",
        commitLsn: reader.uint64(),
        committedAt: fromWalTime(reader.int64()),
        xid: reader.uint32(),
      };
    case "C":
      return readCommit(reader);
    case "R":
      return { kind: "relation", relation: readRelation(reader) };
    case "I":
      return { kind: "insert", oid: reader.uint32(), tuple: readNewTuple(reader) };
    case "U":
      return readUpdate(reader);
    case "D":
      return { kind: "delete", oid: reader.uint32(), old: readOldTuple(reader, reader.uint8()) };
    case "T":
      return readTruncate(reader);
    // Origin, Type and Message say nothing about rows.
    case "O":
    case "Y":
    case "M":
      return OTHER;
    default:
      throw new RangeError(`unknown pgoutput message "${type}"`);
  }
}

function readCommit(reader: ByteReader): PgoutputMessage {
  reader.uint8();
  reader.uint64();
  return { kind: "commit", endLsn: reader.uint64() };
}

function readRelation(reader: ByteReader): Relation {
  const oid = reader.uint32();
  // pg_catalog is written as an empty text.
  const schema = reader.cstring() || "pg_catalog";
  const name = reader.cstring();
  reader.uint8();
  const columns = Array.from({ length: reader.int16() }, () => {
    const identity = (reader.uint8() & 1) === 1;
    return { name: reader.cstring(), typeOid: reader.uint32(), typeModifier: reader.int32(), identity };
  });
  return { oid, schema, name, columns };
}

function readUpdate(reader: ByteReader): PgoutputMessage {
  const oid = reader.uint32();
  const marker = reader.uint8();
  if (marker === NEW) return { kind: "update", oid, old: null, tuple: readTuple(reader) };
  const old = readOldTuple(reader, marker);
  return { kind: "update", oid, old, tuple: readNewTuple(reader) };
}

function readTruncate(reader: ByteReader): PgoutputMessage {
  const count = reader.int32();
  reader.uint8();
  return { kind: "truncate", oids: Array.from({ length: count }, () => reader.uint32()) };
}

const NEW = 0x4e; // N
const OLD_KEY = 0x4b; // K
const OLD_ROW = 0x4f; // O

function readOldTuple(reader: ByteReader, marker: number): OldTuple {
  if (marker !== OLD_KEY && marker !== OLD_ROW) throw new RangeError(`expected an old tuple, not marker ${marker}`);
  return { kind: marker === OLD_KEY ? "key" : "full", tuple: readTuple(reader) };
}

function readNewTuple(reader: ByteReader): Tuple {
  const marker = reader.uint8();
  if (marker !== NEW) throw new RangeError(`expected a new tuple, not marker ${marker}`);
  return readTuple(reader);
}

const NULL_VALUE = 0x6e; // n
const UNCHANGED_VALUE = 0x75; // u
const TEXT_VALUE = 0x74; // t

function readTuple(reader: ByteReader): Tuple {
  const count = reader.int16();
  const values = new Array<TupleValue>(count);
  for (let index = 0; index < count; index++) values[index] = readValue(reader);
  return values;
}

function readValue(reader: ByteReader): TupleValue {
  const marker = reader.uint8();
  switch (marker) {
    case TEXT_VALUE:
      return reader.text();
    case NULL_VALUE:
      return null;
    case UNCHANGED_VALUE:
      return UNCHANGED;
    default:
      throw new RangeError(`unknown marker ${marker} of a column's value`);
  }
}
