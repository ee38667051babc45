import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** One file: it loads nothing from elsewhere. */
export const PAGE = readFileSync(new URL("../public/index.html", import.meta.url), "utf8");

/** The page's own script and style run, by their hashes; nothing that is found in a row does. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf("script")}`,
  `style-src ${hashOf("style")}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Of an element's text, as CSP has it; it tells no attributes apart, so the page's elements have none. */
function hashOf(element: "script" | "style"): string {
  const [, text] = PAGE.split(new RegExp(`</?${element}>`));
  if (text === undefined) throw new Error(`The search page has no ${element}.`);
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
