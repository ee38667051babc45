import { FatalError } from "@freshet/streaming/errors";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { Liquid, type Template } from "liquidjs";

/** An index's text, as a function of a row's columns; a null column is empty text. */
export interface TextTemplate {
  /** The columns the template reads. */
  readonly columns: readonly string[];
  /** @throws {Error} when a filter can't work with this row's values. */
  render(row: JsonObject): string;
}

const liquid = new Liquid({
  strictFilters: true,
  // No file of this machine is part of a template, and the same row gives the same text on every machine.
  templates: {},
  timezoneOffset: 0,
});

/** @throws {FatalError} when the text isn't a Liquid template. */
export function parseTemplate(index: string, text: string): TextTemplate {
  try {
    const template: Template[] = liquid.parse(text);
    return {
      columns: liquid.globalVariablesSync(template),
      render: (row) => String(liquid.renderSync(template, row)),
    };
  } catch (error) {
    throw new FatalError(`The text of the index ${index} is no valid template: ${reason(error)}.`, { cause: error });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
