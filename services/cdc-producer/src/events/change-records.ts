import { controlKey, type ControlOperation } from "@freshet/schemas/control-message";
import { encodeRowKey } from "@freshet/schemas/row-key";
import type { OutgoingRecord } from "@freshet/streaming/message";
import type { OldTuple } from "../replication/pgoutput.js";
import type { CapturedTable } from "./captured-table.js";
import type { ChangeOrigin, EventFormat, WrittenRow } from "./event-format.js";
import { rowKeys, type KeyOf } from "./row-keys.js";
import type { TableEncoder } from "./table-encoder.js";

interface Encoders {
  readonly keyOf: KeyOf;
  readonly values: TableEncoder;
}

/** Keys, topics and partitions are the same in every format; only the values differ. */
export class ChangeRecords implements EventFormat {
  readonly #encoderOf: (table: CapturedTable, database: string) => TableEncoder;
  /** A table's shape is made anew with each relation message, and the old one then goes. */
  readonly #encoders = new WeakMap<CapturedTable, Encoders>();

  constructor(encoderOf: (table: CapturedTable, database: string) => TableEncoder) {
    this.#encoderOf = encoderOf;
  }

  written(table: CapturedTable, written: WrittenRow, origin: ChangeOrigin): OutgoingRecord {
    const { keyOf, values } = this.#of(table, origin);
    return { topic: table.topic, key: keyOf(written.row), value: values.written(written, origin) };
  }

  deleted(table: CapturedTable, old: OldTuple, origin: ChangeOrigin): OutgoingRecord[] {
    const { keyOf, values } = this.#of(table, origin);
    const key = keyOf(old.tuple);
    return [
      { topic: table.topic, key, value: values.deleted(old, origin) },
      { topic: table.topic, key, value: null },
    ];
  }

  control(table: CapturedTable, operation: ControlOperation, origin: ChangeOrigin): OutgoingRecord[] {
    const value = this.#of(table, origin).values.control(operation, origin);
    const record = { topic: table.topic, key: encodeRowKey(controlKey(operation)), value };
    return Array.from({ length: table.partitions }, (_, partition) => ({ ...record, partition }));
  }

  #of(table: CapturedTable, { database }: ChangeOrigin): Encoders {
    const known = this.#encoders.get(table);
    if (known !== undefined) return known;
    const encoders = { keyOf: rowKeys(table), values: this.#encoderOf(table, database) };
    this.#encoders.set(table, encoders);
    return encoders;
  }
}
