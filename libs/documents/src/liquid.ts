import { Liquid } from "liquidjs";
import { operators } from "./operators.js";
import { htmlToText, markdownToText } from "./text-filters.js";

/** What templates and conditions are written in. */
export const liquid = new Liquid({
  strictFilters: true,
  groupedExpressions: true,
  operators,
  // No file of this machine is part of a template, and the same row gives the same text on every machine.
  templates: {},
  timezoneOffset: 0,
  locale: "en-US",
});
liquid.registerFilter("html_to_text", htmlToText);
liquid.registerFilter("markdown_to_text", markdownToText);

/** What a person has to know of an error of the library. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
