import type { ControlOperation } from "@freshet/schemas/control-message";
import type { OldTuple } from "../replication/pgoutput.js";
import type { ChangeOrigin, WrittenRow } from "./event-format.js";

/** Writes the changes of one table, each as a message's value. */
export interface TableEncoder {
  written(written: WrittenRow, origin: ChangeOrigin): string;
  deleted(old: OldTuple, origin: ChangeOrigin): string;
  control(operation: ControlOperation, origin: ChangeOrigin): string;
}
