import type { IndexConfiguration } from "@freshet/process/configuration";
import { formatTableName } from "@freshet/process/table-name";
import type { ChangeEvent, RowWritten } from "@freshet/schemas/change-event";
import type { ControlMessage } from "@freshet/schemas/control-message";
import type { DeleteDocument, DocumentSource, Tombstone } from "@freshet/schemas/embedded-document";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { RowKey } from "@freshet/schemas/row-key";
import { FatalError } from "@freshet/streaming/errors";
import { parseTemplate, type TextTemplate } from "./template.js";

/** A row's text before it has a vector. Blank text is empty. */
export interface Document {
  readonly op: "document";
  readonly source: DocumentSource;
  readonly text: string;
  readonly payload: JsonObject;
}
/** What a change means for one index: all but `document` are ready to be sent. */
export type Outcome = Document | DeleteDocument | Tombstone | ControlMessage;

/** An index's part of the configuration, ready for use. */
export interface DocumentRules {
  readonly index: string;
  readonly template: TextTemplate;
  readonly payload: readonly string[];
  /** All that the template and the payload need. */
  readonly columns: readonly string[];
}

/** Stands in Debezium's events for a large column that the update didn't touch. */
const UNAVAILABLE = "__debezium_unavailable_value";

/** @throws {FatalError} when the template can't be parsed. */
export function documentRules(index: string, { text, payload }: IndexConfiguration): DocumentRules {
  const template = parseTemplate(index, text);
  return { index, template, payload, columns: [...new Set([...template.columns, ...payload])] };
}

/**
 * @throws {FatalError} when the configuration names a column that the table hasn't got: better no index than one of
 * empty texts. @throws {Error} when this row alone can't become a document.
 */
export function toOutcomes(event: ChangeEvent, key: RowKey, rules: DocumentRules): readonly Outcome[] {
  switch (event.op) {
    case "c":
    case "u":
    case "r":
      return [toDocument(event, key, rules)];
    case "d":
      return [
        { op: "delete", source: toSource(event, key) },
        { op: "tombstone", position: event.source.position },
      ];
    case "t":
      return [toControl("truncate", event)];
    case "m":
      return [toControl("snapshot-end", event)];
    default:
      return event satisfies never;
  }
}

function toDocument(event: RowWritten, key: RowKey, { index, template, payload, columns }: DocumentRules): Document {
  const { after: row } = event;
  for (const column of columns) {
    const value = row[column];
    if (value === undefined) {
      throw new FatalError(
        `The index ${index} uses the column "${column}", but the table ${tableOf(event)} has only ` +
          `${Object.keys(row).join(", ")}: correct the index's text or payload.`,
      );
    }
    if (value === UNAVAILABLE) {
      throw new Error(
        `the event leaves out the unchanged column "${column}" of ${tableOf(event)}; ` +
          `set REPLICA IDENTITY FULL on the table, or read it with Freshet's own producer`,
      );
    }
  }
  return {
    op: "document",
    source: toSource(event, key),
    text: template.render(row).trim(),
    payload: Object.fromEntries(payload.map((column) => [column, row[column] ?? null])),
  };
}

function toSource(event: ChangeEvent, key: RowKey): DocumentSource {
  const { position, rowHash, tsMs } = event.source;
  return { table: tableOf(event), key, position, rowHash, committedAt: tsMs };
}

function toControl(op: ControlMessage["op"], event: ChangeEvent): ControlMessage {
  return { op, table: tableOf(event), position: event.source.position, committedAt: event.source.tsMs };
}

function tableOf({ source }: ChangeEvent): string {
  return formatTableName({ schema: source.schema, name: source.table });
}
