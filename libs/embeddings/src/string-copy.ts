/**
 * The same string in memory of its own. A part of a string (a slice, a match) keeps the whole of it in memory, so what is
 * kept for longer than its text has to be a copy.
 */
export function copyOf(part: string): string {
  return Buffer.from(part, "utf16le").toString("utf16le");
}
