import { isUtf8 } from "node:buffer";
import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import type { Colors } from "../rendering/colors.js";

/** `cdc.public.books 2/17`: topic, partition and offset of origin; where it doesn't tell, those of the letter itself. */
export function nameOf({ record, origin: { topic, partition, offset } }: DeadLetterRecord): string {
  if (topic === null) return `${record.topic} ${record.partition}/${record.offset}`;
  return partition === null || offset === null ? topic : `${topic} ${partition}/${offset}`;
}

export function renderLetter(letter: DeadLetterRecord, colors: Colors): string {
  const { record, headers, hasBody, reason, errorClass, attempts, time } = letter;
  const tried = attempts === null ? "" : `, tried ${attempts === 1 ? "once" : `${attempts} times`}`;
  const fields: [name: string, text: string][] = [
    ["reason", `${errorClass ?? "unknown"}: ${reason ?? "unknown"}`],
    ["failed", `${new Date(time).toISOString()}${tried}`],
    ["key", render(record.key)],
    ...headers.map(([name, value]): [string, string] => ["header", `${name}: ${render(value)}`]),
    ["body", hasBody ? render(record.value) : "left out: it was too large for this topic"],
  ];
  const lines = fields.map(([name, text]) => `  ${colors.dim(name.padEnd(6))}  ${text}`);
  return [colors.bold(nameOf(letter)), ...lines].join("\n");
}

/** One line, for programs. */
export function letterToJson(letter: DeadLetterRecord): string {
  const { record, origin, headers, hasBody, reason, errorClass, attempts, time } = letter;
  return JSON.stringify({
    deadLetterTopic: record.topic,
    topic: origin.topic,
    partition: origin.partition,
    offset: origin.offset === null ? null : String(origin.offset),
    time: new Date(time).toISOString(),
    errorClass,
    reason,
    attempts,
    key: encode(record.key),
    headers: headers.map(([name, value]) => ({ name, value: encode(value) })),
    body: encode(record.value),
    bodyLeftOut: !hasBody,
  });
}

type Encoded = { readonly text: string } | { readonly base64: string } | null;

function encode(bytes: Buffer | null): Encoded {
  if (bytes === null) return null;
  return isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString("base64") };
}

/** What would steer a terminal is shown as it is in JSON. */
function render(bytes: Buffer | null): string {
  const encoded = encode(bytes);
  if (encoded === null) return "none";
  return "text" in encoded ? escaped(encoded.text) : `base64 ${encoded.base64}`;
}

function escaped(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    const hex = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${hex}`;
  });
}
