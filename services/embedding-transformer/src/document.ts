import type { IndexConfiguration } from "@freshet/process/configuration";
import type { IndexRows } from "@freshet/process/index-configuration";
import { formatTableName } from "@freshet/process/table-name";
import type { ChangeEvent, RowWritten } from "@freshet/schemas/change-event";
import type { ControlMessage } from "@freshet/schemas/control-message";
import type { DeleteDocument, DocumentSource, Tombstone } from "@freshet/schemas/embedded-document";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { RowKey } from "@freshet/schemas/row-key";
import { EVERY_ROW, parseCondition, type RowCondition } from "./condition.js";
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
  readonly condition: RowCondition;
  readonly payload: readonly string[];
  /** The fields that name a row, where records' keys don't. */
  readonly key: readonly string[] | undefined;
  /** All that the template, the condition and the payload need. */
  readonly columns: readonly string[];
}

/** Stands in Debezium's events for a large column that the update didn't touch. */
const UNAVAILABLE = "__debezium_unavailable_value";

type Settings = Pick<IndexConfiguration, "text" | "where" | "payload"> & IndexRows;

/** @throws {FatalError} when the template or the condition can't be parsed. */
export function documentRules(index: string, settings: Settings): DocumentRules {
  const { text, where, payload } = settings;
  const template = parseTemplate(index, text);
  const condition = where === undefined ? EVERY_ROW : parseCondition(index, where);
  const columns = [...new Set([...template.columns, ...condition.columns, ...payload])];
  return { index, template, condition, payload, columns, key: settings.topic === undefined ? undefined : settings.key };
}

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
      return rules.condition.holds(rowOf(event, rules)) ? [toDocument(event, key, rules)] : toDelete(event, key);
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

function requireAvailable(event: RowWritten, { columns }: DocumentRules): void {
  const column = columns.find((name) => event.after[name] === UNAVAILABLE);
  if (column === undefined) return;
  throw new Error(
    `the event leaves out the unchanged column "${column}" of ${tableOf(event)}; ` +
      `set REPLICA IDENTITY FULL on the table, or read it with Freshet's own producer`,
  );
}

/** Without what the index doesn't need: a template can't name what isn't in `columns`. */
function rowOf({ after }: RowWritten, { columns }: DocumentRules): JsonObject {
  return Object.fromEntries(columns.map((column) => [column, after[column] ?? null]));
}

function toDocument(event: RowWritten, key: RowKey, rules: DocumentRules): Document {
  const row = rowOf(event, rules);
  return {
    op: "document",
    source: toSource(event, key),
    text: rules.template.render(row).trim(),
    payload: Object.fromEntries(rules.payload.map((column) => [column, row[column] ?? null])),
  };
}

/** A delete and its tombstone, at the event's position. */
export function toDelete(event: ChangeEvent, key: RowKey): readonly Outcome[] {
  return [
    { op: "delete", source: toSource(event, key) },
    { op: "tombstone", position: event.source.position },
  ];
}

function toSource(event: ChangeEvent, key: RowKey): DocumentSource {
  const { position, rowHash, tsMs } = event.source;
  return { table: tableOf(event), key, position, rowHash, committedAt: tsMs };
}

function toControl(op: ControlMessage["op"], event: ChangeEvent): ControlMessage {
  return { op, table: tableOf(event), position: event.source.position, committedAt: event.source.tsMs };
}

/** What comes from a topic alone has no schema. */
export function tableOf({ source: { schema, table } }: ChangeEvent): string {
  return schema === "" ? table : formatTableName({ schema, name: table });
}
