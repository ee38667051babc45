import { stringifyJson } from "@freshet/schemas/lossless-json";
import { compile } from "html-to-text";
import { Marked } from "marked";

/** Conversion takes the event loop for itself, about a second at these. */
const MAX_HTML_LENGTH = 4 * 1024 * 1024;
const MAX_TAGS = 60_000;
const MAX_MARKDOWN_LENGTH = 256 * 1024;

/** Each of these on one line is a block in a block. */
const DEEP_MARKDOWN = /^(?:[ \t]*(?:>|[-+*]|\d{1,9}[.)])){200}/m;

const convert = compile({
  wordwrap: false,
  // As deep as browsers go, and well before the stack ends.
  limits: { maxDepth: 512, ellipsis: "" },
  selectors: [
    { selector: "a", options: { ignoreHref: true } },
    ...["img", "script", "style", "template", "noscript", "svg", "head"].map((selector) => ({
      selector,
      format: "skip",
    })),
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: "table", format: "block" },
    { selector: "tr", format: "block", options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...["td", "th"].map((selector) => ({ selector, format: "cell" })),
  ],
  formatters: {
    cell: (element, walk, builder) => {
      walk(element.children, builder);
      builder.addInline(" ");
    },
  },
});

const markdown = new Marked({ gfm: true });

/**
 * What a reader sees of HTML: no tags, scripts, styles, images or links' targets; entities decoded; blocks are
 * paragraphs.
 *
 * @throws {RangeError} when it is too large.
 */
export function htmlToText(html: unknown): string {
  const text = toText(html);
  if (text.length > MAX_HTML_LENGTH) throw tooLarge("html_to_text", text.length, MAX_HTML_LENGTH);
  const tags = countTags(text);
  if (tags > MAX_TAGS) throw new RangeError(`html_to_text takes HTML of up to ${MAX_TAGS} tags, and this has ${tags}`);
  return convert(text).trim();
}

/** The same of Markdown, as GitHub reads it. @throws {RangeError} when it is too large. */
export function markdownToText(source: unknown): string {
  const text = toText(source);
  if (text.length > MAX_MARKDOWN_LENGTH) throw tooLarge("markdown_to_text", text.length, MAX_MARKDOWN_LENGTH);
  if (DEEP_MARKDOWN.test(text)) throw new RangeError("markdown_to_text takes no blocks nested 200 deep");
  return htmlToText(markdown.parse(text, { async: false }));
}

function tooLarge(filter: string, length: number, most: number): RangeError {
  return new RangeError(`${filter} takes up to ${most} characters, and this has ${length}`);
}

function countTags(html: string): number {
  let tags = 0;
  for (let at = html.indexOf("<"); at !== -1; at = html.indexOf("<", at + 1)) tags += 1;
  return tags;
}

/** A null column is empty text, and what isn't text is taken as JSON. */
function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : stringifyJson(value);
}
