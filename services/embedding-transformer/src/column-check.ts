import type { ChangeEvent } from "@freshet/schemas/change-event";
import { FatalError } from "@freshet/streaming/errors";
import type { DocumentRules } from "@freshet/documents/document-rules";
import { tableOf } from "./document.js";

/** @throws when an event may not lack the columns that it hasn't got; else they are null. */
export type ColumnCheck = (event: ChangeEvent, absent: readonly string[]) => Promise<void>;

/** The columns that the newest event of a row has, and so its table; null where there is none. */
export type NewestColumns = () => Promise<readonly string[] | null>;

/**
 * For events of a table. One from before `ALTER TABLE … ADD COLUMN` rightly lacks the column, and a row that hasn't
 * changed since has null there, or a default that only a snapshot can tell. A name that is misspelt is in no event. What
 * tells them apart is the table as the newest event shows it: a column that isn't in it ends the application, as better
 * no index than one of empty texts; one that is in it is null in the older events.
 */
export function tableColumnCheck({ index }: DocumentRules, newest: NewestColumns): ColumnCheck {
  let known: readonly string[] = [];
  return async (event, absent) => {
    if (absent.every((column) => known.includes(column))) return;
    known = (await newest()) ?? ("after" in event ? Object.keys(event.after) : []);
    const missing = absent.find((column) => !known.includes(column));
    if (missing === undefined) return;
    const table = tableOf(event);
    throw new FatalError(
      `The index ${index} uses the column "${missing}", but the table ${table} has only ` +
        `${known.join(", ")}: correct the index's text, where or payload. If the column is new, no event has it yet: ` +
        `freshet snapshot ${table} sends every row with it.`,
    );
  };
}

/** For plain JSON, where a field may be left out, but not all that the text is made of. */
export function fieldCheck({ template }: DocumentRules): ColumnCheck {
  return (event, absent) => {
    const isBare = template.columns.length > 0 && template.columns.every((column) => absent.includes(column));
    if (!isBare) return Promise.resolve();
    const fields = "after" in event ? Object.keys(event.after) : [];
    const complaint = `the record has none of the fields that the text is made of (${template.columns.join(", ")})`;
    return Promise.reject(new SyntaxError(`${complaint}, only ${fields.join(", ") || "no fields at all"}`));
  };
}
