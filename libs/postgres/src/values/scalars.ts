/** Text that is JSON as it stands. */
export function verbatim(text: string): string {
  return text;
}

/** What isn't among these characters needs an escape, or may: quotes, backslashes, controls, halves of surrogate pairs. */
const MAY_NEED_ESCAPE = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** Looking first takes half the time of JSON.stringify, and most texts need no escape. */
export function textToJson(text: string): string {
  return MAY_NEED_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** Text in which nothing needs an escape. */
export function quoted(text: string): string {
  return `"${text}"`;
}

export function boolToJson(text: string): string {
  return text === "t" ? "true" : "false";
}

const Y = 0x79;
const N = 0x4e;

/** The shortest digits that name the number (extra_float_digits), or `NaN`, `Infinity`, `-Infinity`. */
export function floatToJson(text: string): string {
  const last = text.charCodeAt(text.length - 1);
  return last === N || last === Y ? `"${text}"` : text;
}

/** From `\x…` (bytea_output hex). */
export function byteaToJson(text: string): string {
  return `"${Buffer.from(text.slice(2), "hex").toString("base64")}"`;
}

const DOLLARS = /^-?\$[\d,]+\.\d\d$/;

/** An amount in dollars becomes a decimal; how other currencies print theirs (lc_monetary) can't be told from the text. */
export function moneyToJson(text: string): string {
  return DOLLARS.test(text) ? `"${text.replace(/[$,]/g, "")}"` : textToJson(text);
}
