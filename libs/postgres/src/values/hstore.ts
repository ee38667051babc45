import { textToJson } from "./scalars.js";

const PAIR = /"((?:[^"\\]|\\.)*)"=>(?:"((?:[^"\\]|\\.)*)"|NULL)/gs;

/** `"a"=>"1", "b"=>NULL` becomes a string that holds the JSON object, as Debezium has it. */
export function hstoreToJson(text: string): string {
  const members: string[] = [];
  for (const [, key = "", value] of text.matchAll(PAIR)) {
    members.push(`${textToJson(unescape(key))}:${value === undefined ? "null" : textToJson(unescape(value))}`);
  }
  return textToJson(`{${members.join(",")}}`);
}

function unescape(text: string): string {
  return text.includes("\\") ? text.replace(/\\(.)/gs, "$1") : text;
}
