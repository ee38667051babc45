import { createHash } from "node:crypto";

const MAX_LENGTH = 60;

/**
 * Any text as letters, digits, `-` and `_`, which every store takes in a name: all other characters are `_` and the hexadecimal
 * of their bytes. A long text is `_h` and its hash.
 */
export function escaped(text: string): string {
  if (text === "") return "_";
  const whole = [...Buffer.from(text)].map(escapedByte).join("");
  if (whole.length <= MAX_LENGTH) return whole;
  return `_h${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

function escapedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[a-zA-Z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, "0")}`;
}

/** The inverse of `escaped`, for texts that weren't long. */
export function unescaped(text: string): string {
  const bytes = text.replaceAll(/_([0-9a-f]{2})/g, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return text === "_" ? "" : Buffer.from(bytes, "latin1").toString();
}
