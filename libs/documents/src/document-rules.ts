import type { IndexConfiguration } from "@freshet/process/configuration";
import type { IndexRows } from "@freshet/process/index-configuration";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { EVERY_ROW, parseCondition, type RowCondition } from "./condition.js";
import { parseTemplate, type TextTemplate } from "./template.js";

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

/** What an index has of a row. Blank text is empty: the row is known, and has no chunks. */
export interface DocumentContent {
  readonly text: string;
  readonly payload: JsonObject;
}

type Settings = Pick<IndexConfiguration, "text" | "where" | "payload"> & IndexRows;

/** @throws {FatalError} when the template or the condition can't be parsed. */
export function documentRules(index: string, settings: Settings): DocumentRules {
  const { text, where, payload } = settings;
  const template = parseTemplate(index, text);
  const condition = where === undefined ? EVERY_ROW : parseCondition(index, where);
  const columns = [...new Set([...template.columns, ...condition.columns, ...payload])];
  return { index, template, condition, payload, columns, key: settings.topic === undefined ? undefined : settings.key };
}

/**
 * Null when the condition leaves the row out. A column that the row hasn't got is null.
 *
 * @throws {Error} when this row alone can't become a document.
 */
export function documentContent(row: JsonObject, rules: DocumentRules): DocumentContent | null {
  // Without what the index doesn't need: a template can't name what isn't in `columns`.
  const needed = Object.fromEntries(rules.columns.map((column) => [column, row[column] ?? null]));
  if (!rules.condition.holds(needed)) return null;
  return {
    text: rules.template.render(needed).trim(),
    payload: Object.fromEntries(rules.payload.map((column) => [column, needed[column] ?? null])),
  };
}
