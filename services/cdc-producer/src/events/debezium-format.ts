import type { ControlOperation } from "@freshet/schemas/control-message";
import { joinChangeEvent } from "@freshet/schemas/change-event";
import { ChangeSourceEncoder } from "@freshet/schemas/change-source";
import { rowHash } from "@freshet/schemas/row-hash";
import { UNCHANGED, type OldTuple, type Tuple } from "../replication/pgoutput.js";
import type { CapturedTable } from "./captured-table.js";
import { toSource, type ChangeOrigin, type WrittenRow } from "./event-format.js";
import type { TableEncoder } from "./table-encoder.js";

interface Column {
  readonly place: number;
  /** What stands before the value of an object's first member, and of the others. */
  readonly first: string;
  readonly next: string;
  readonly toJson: (text: string) => string;
}

/** Debezium's envelope, without the schema part. */
export class DebeziumEncoder implements TableEncoder {
  readonly #columns: readonly Column[];
  /** The replica identity's. */
  readonly #identity: readonly Column[];
  readonly #source: ChangeSourceEncoder;

  constructor({ schema, name, columns }: CapturedTable, database: string) {
    this.#columns = columns.map(({ jsonName, toJson }, place) => ({
      ...{ place, first: `{${jsonName}:`, next: `,${jsonName}:` },
      toJson,
    }));
    this.#identity = this.#columns.filter(({ place }) => columns[place]?.identity);
    this.#source = new ChangeSourceEncoder({ db: database, schema, table: name });
  }

  written({ op, row, old }: WrittenRow, origin: ChangeOrigin): string {
    return joinChangeEvent({
      op,
      before: old ? this.#before(old) : null,
      after: rowToJson(this.#columns, row),
      tsMs: Date.now(),
      source: this.#source.encode(toSource(origin, rowHash(row))),
    });
  }

  deleted(old: OldTuple, origin: ChangeOrigin): string {
    const source = this.#source.encode(toSource(origin, null));
    return joinChangeEvent({ op: "d", before: this.#before(old), after: null, tsMs: Date.now(), source });
  }

  control(operation: ControlOperation, origin: ChangeOrigin): string {
    const op = operation === "truncate" ? "t" : "m";
    const source = this.#source.encode(toSource(origin, null));
    return joinChangeEvent({ op, before: null, after: null, tsMs: Date.now(), source });
  }

  /** What is known of the old row: its replica identity, or all of it. */
  #before({ kind, tuple }: OldTuple): string {
    return rowToJson(kind === "key" ? this.#identity : this.#columns, tuple);
  }
}

function rowToJson(columns: readonly Column[], tuple: Tuple): string {
  let json = "";
  for (const { place, first, next, toJson } of columns) {
    const text = tuple[place];
    if (text === undefined || text === UNCHANGED) continue;
    json += (json === "" ? first : next) + (text === null ? "null" : toJson(text));
  }
  return json === "" ? "{}" : `${json}}`;
}
