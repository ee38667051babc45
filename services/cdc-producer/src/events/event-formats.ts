import { ChangeRecords } from "./change-records.js";
import { DebeziumEncoder } from "./debezium-format.js";
import type { EventFormat } from "./event-format.js";
import { Wal2jsonEncoder } from "./wal2json-format.js";

export type EventFormatName = "debezium" | "wal2json";

/** The format that `source.format` names. */
export function eventFormat(name: EventFormatName): EventFormat {
  switch (name) {
    case "debezium":
      return new ChangeRecords((table, database) => new DebeziumEncoder(table, database));
    case "wal2json":
      return new ChangeRecords((table, database) => new Wal2jsonEncoder(table, database));
    default:
      return name satisfies never;
  }
}
