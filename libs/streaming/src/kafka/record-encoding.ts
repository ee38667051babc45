import { type OutgoingRecord, listHeaders } from "../message.js";

type Part = Buffer | string | null;

function byteLength(part: Part): number {
  if (part === null) return 0;
  return typeof part === "string" ? Buffer.byteLength(part) : part.length;
}

/** Of a signed number: zigzag, then seven bits in each byte. */
function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value) >>> 7; rest > 0; rest >>>= 7) bytes += 1;
  return bytes;
}

function partBytes(part: Part, length: number): number {
  return part === null ? 1 : varintBytes(length) + length;
}

/** Writes at its place and moves on. The buffer has to be large enough. */
class Cursor {
  at = 0;

  constructor(readonly buffer: Buffer) {}

  varint(value: number): void {
    let rest = zigzag(value);
    for (; rest > 0x7f; rest >>>= 7) this.buffer[this.at++] = (rest & 0x7f) | 0x80;
    this.buffer[this.at++] = rest;
  }

  part(part: Part, length: number): void {
    this.varint(part === null ? -1 : length);
    if (part === null) return;
    this.at += typeof part === "string" ? this.buffer.write(part, this.at) : part.copy(this.buffer, this.at);
  }
}

/**
 * The records of a record batch, which all have the batch's own timestamp
 * (https://kafka.apache.org/documentation/#recordbatch).
 *
 * @param maxBytes that they take at most.
 */
export function encodeRecords(records: readonly OutgoingRecord[], maxBytes: number): Buffer {
  const cursor = new Cursor(Buffer.allocUnsafe(maxBytes));
  let offset = 0;
  for (const record of records) encodeRecord(cursor, record, offset++);
  return cursor.buffer.subarray(0, cursor.at);
}

function encodeRecord(cursor: Cursor, { key, value, headers }: OutgoingRecord, offset: number): void {
  const keyLength = byteLength(key);
  const valueLength = byteLength(value);
  const fields = headers === undefined ? [] : listHeaders(headers);
  const ATTRIBUTES_AND_TIMESTAMP = 2;
  let length = ATTRIBUTES_AND_TIMESTAMP + varintBytes(offset);
  length += partBytes(key, keyLength) + partBytes(value, valueLength) + varintBytes(fields.length);
  for (const [name, field] of fields) length += partBytes(name, byteLength(name)) + partBytes(field, byteLength(field));
  cursor.varint(length);
  cursor.varint(0);
  cursor.varint(0);
  cursor.varint(offset);
  cursor.part(key, keyLength);
  cursor.part(value, valueLength);
  cursor.varint(fields.length);
  for (const [name, field] of fields) {
    cursor.part(name, byteLength(name));
    cursor.part(field, byteLength(field));
  }
}
