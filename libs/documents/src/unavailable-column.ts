import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { DocumentRules } from "./document-rules.js";

/** Stands in Debezium's events for a large column that the update didn't touch. */
const UNAVAILABLE = "__debezium_unavailable_value";

/** The first column that the index needs and the event leaves out, though the row has it. */
export function unavailableColumn(row: JsonObject, { columns }: Pick<DocumentRules, "columns">): string | undefined {
  return columns.find((name) => row[name] === UNAVAILABLE);
}
