import type { ControlOperation } from "@freshet/schemas/control-message";
import type { ChangeOperation } from "@freshet/schemas/change-operation";
import { ChangeSourceEncoder, type ChangeOfTable } from "@freshet/schemas/change-source";
import { quoteJson } from "@freshet/schemas/lossless-json";
import { rowHash } from "@freshet/schemas/row-hash";
import { joinWal2json, type ColumnTexts } from "@freshet/schemas/wal2json";
import type { OldTuple, Tuple } from "../replication/pgoutput.js";
import type { CapturedTable } from "./captured-table.js";
import { toSource, type ChangeOrigin, type WrittenRow } from "./event-format.js";
import type { TableEncoder } from "./table-encoder.js";
import { typeName } from "./type-name.js";
import { wal2jsonValueOf } from "./wal2json-values.js";

interface Column {
  readonly place: number;
  readonly name: string;
  readonly type: string;
  readonly toJson: (text: string) => string;
}

/** wal2json's format version 1, one change in each message, as pipelines make of its `change` array. */
export class Wal2jsonEncoder implements TableEncoder {
  readonly #schema: string;
  readonly #table: string;
  readonly #columns: readonly Column[];
  readonly #identity: readonly Column[];
  readonly #names: string;
  readonly #types: string;
  readonly #source: ChangeSourceEncoder;

  constructor({ schema, name, columns }: CapturedTable, database: string) {
    this.#schema = quoteJson(schema);
    this.#table = quoteJson(name);
    this.#columns = columns.map(({ jsonName, type, typeModifier }, place) => ({
      place,
      name: jsonName,
      type: typeToJson(typeName(type, typeModifier)),
      toJson: wal2jsonValueOf(type),
    }));
    this.#identity = this.#columns.filter(({ place }) => columns[place]?.identity);
    this.#names = this.#columns.map(({ name }) => name).join();
    this.#types = this.#columns.map(({ type }) => type).join();
    this.#source = new ChangeSourceEncoder({ db: database, schema, table: name });
  }

  written({ op, row, old }: WrittenRow, origin: ChangeOrigin): string {
    const values = this.#columns.map(({ place, toJson }) => jsonOf(row[place], toJson)).join();
    const columns = { names: this.#names, types: this.#types, values };
    // An update that leaves the replica identity as it was comes without its old values: they are the new ones.
    const oldKeys = op === "u" ? this.#oldKeys(old?.tuple ?? row) : null;
    return this.#join(op, { columns, oldKeys }, toSource(origin, rowHash(row)));
  }

  deleted({ tuple }: OldTuple, origin: ChangeOrigin): string {
    return this.#join("d", { columns: null, oldKeys: this.#oldKeys(tuple) }, toSource(origin, null));
  }

  control(operation: ControlOperation, origin: ChangeOrigin): string {
    const op = operation === "truncate" ? "t" : "m";
    return this.#join(op, { columns: null, oldKeys: null }, toSource(origin, null));
  }

  #join(
    op: ChangeOperation,
    row: { readonly columns: ColumnTexts | null; readonly oldKeys: ColumnTexts | null },
    source: ChangeOfTable,
  ): string {
    const { columns, oldKeys } = row;
    const table = { schema: this.#schema, table: this.#table };
    return joinWal2json({ op, ...table, columns, oldKeys, tsMs: Date.now(), source: this.#source.encode(source) });
  }

  /** The replica identity's columns, less nulls; under REPLICA IDENTITY FULL that is every column. */
  #oldKeys(tuple: Tuple): ColumnTexts {
    const known = this.#identity.filter(({ place }) => typeof tuple[place] === "string");
    return {
      names: known.map(({ name }) => name).join(),
      types: known.map(({ type }) => type).join(),
      values: known.map(({ place, toJson }) => jsonOf(tuple[place], toJson)).join(),
    };
  }
}

/** A name that needs quotes in SQL has them once, not twice. */
function typeToJson(name: string): string {
  return /^"[^"\\]*"$/.test(name) ? name : quoteJson(name);
}

function jsonOf(value: Tuple[number] | undefined, toJson: (text: string) => string): string {
  return typeof value === "string" ? toJson(value) : "null";
}
