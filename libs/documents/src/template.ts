import { FatalError } from "@freshet/streaming/errors";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { Template } from "liquidjs";
import { liquid, reasonOf } from "./liquid.js";

/** An index's text, as a function of a row's columns; a null column is empty text. */
export interface TextTemplate {
  /** The columns the template reads. */
  readonly columns: readonly string[];
  /** @throws {Error} when a filter can't work with this row's values. */
  render(row: JsonObject): string;
}

/** @throws {FatalError} when the text isn't a Liquid template. */
export function parseTemplate(index: string, text: string): TextTemplate {
  try {
    const template: Template[] = liquid.parse(text);
    return {
      columns: liquid.globalVariablesSync(template),
      render: (row) => String(liquid.renderSync(template, row)),
    };
  } catch (error) {
    throw new FatalError(`The text of the index ${index} is no valid template: ${reasonOf(error)}.`, { cause: error });
  }
}
