import { documentContent, type DocumentContent, type DocumentRules } from "@freshet/documents/document-rules";
import { unavailableColumn } from "@freshet/documents/unavailable-column";
import { formatTableName } from "@freshet/process/table-name";
import type { ChangeEvent, RowWritten } from "@freshet/schemas/change-event";
import type { ControlMessage } from "@freshet/schemas/control-message";
import type { DeleteDocument, DocumentSource, Tombstone } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";

/** A row's text before it has a vector. */
export interface Document extends DocumentContent {
  readonly op: "document";
  readonly source: DocumentSource;
}
/** What a change means for one index: all but `document` are ready to be sent. */
export type Outcome = Document | DeleteDocument | Tombstone | ControlMessage;

/** The columns that the index needs and the event hasn't got. */
export function absentColumns(event: ChangeEvent | null, { columns }: DocumentRules): readonly string[] {
  if (event === null || !("after" in event)) return [];
  return columns.filter((column) => event.after[column] === undefined);
}

/**
 * A row that the condition leaves out is deleted: it may have matched before. A column that the event hasn't got is
 * null.
 *
 * @throws {Error} when this row alone can't become a document.
 */
export function toOutcomes(event: ChangeEvent, key: RowKey, rules: DocumentRules): readonly Outcome[] {
  switch (event.op) {
    case "c":
    case "u":
    case "r":
      requireAvailable(event, rules);
      return toDocument(event, key, rules);
    case "d":
      return toDelete(event, key);
    case "t":
      return [toControl("truncate", event)];
    case "m":
      return [toControl("snapshot-end", event)];
    default:
      return event satisfies never;
  }
}

function requireAvailable(event: RowWritten, rules: DocumentRules): void {
  const column = unavailableColumn(event.after, rules);
  if (column === undefined) return;
  throw new Error(
    `the event leaves out the unchanged column "${column}" of ${tableOf(event)}; ` +
      `set REPLICA IDENTITY FULL on the table, or read it with Freshet's own producer`,
  );
}

function toDocument(event: RowWritten, key: RowKey, rules: DocumentRules): readonly Outcome[] {
  const content = documentContent(event.after, rules);
  return content ? [{ op: "document", source: toSource(event, key), ...content }] : toDelete(event, key);
}

/** A delete and its tombstone, at the event's position. */
export function toDelete(event: ChangeEvent, key: RowKey): readonly Outcome[] {
  return [
    { op: "delete", source: toSource(event, key) },
    { op: "tombstone", position: event.source.position },
  ];
}

function toSource(event: ChangeEvent, key: RowKey): DocumentSource {
  const { position, rowHash, tsMs, repair } = event.source;
  const source = { table: tableOf(event), key, position, rowHash, committedAt: tsMs };
  return repair === true ? { ...source, repair } : source;
}

function toControl(op: ControlMessage["op"], event: ChangeEvent): ControlMessage {
  return { op, table: tableOf(event), position: event.source.position, committedAt: event.source.tsMs };
}

/** What comes from a topic alone has no schema. */
export function tableOf({ source: { schema, table } }: ChangeEvent): string {
  return schema === "" ? table : formatTableName({ schema, name: table });
}
