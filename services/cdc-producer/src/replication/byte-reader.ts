/**
 * Cutting short texts out of a message that was decoded at once is faster than decoding each. A cut text may keep the
 * whole message in memory, so a long one isn't decoded at once.
 */
const MAX_DECODED_BYTES = 1024;
const MAX_CUT_BYTES = 32;
const MAX_ASCII = 0x7f;

/** Reads network-order values one after the other. Text is copied out, so nothing keeps a view into the buffer. */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;
  /** The whole message, byte by byte, once a short text was asked for. */
  #latin1: string | null = null;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  uint8(): number {
    return this.#buffer.readUInt8(this.#offset++);
  }

  int16(): number {
    const value = this.#buffer.readInt16BE(this.#offset);
    this.#offset += 2;
    return value;
  }

  int32(): number {
    const value = this.#buffer.readInt32BE(this.#offset);
    this.#offset += 4;
    return value;
  }

  uint32(): number {
    const value = this.#buffer.readUInt32BE(this.#offset);
    this.#offset += 4;
    return value;
  }

  uint64(): bigint {
    const value = this.#buffer.readBigUInt64BE(this.#offset);
    this.#offset += 8;
    return value;
  }

  int64(): bigint {
    const value = this.#buffer.readBigInt64BE(this.#offset);
    this.#offset += 8;
    return value;
  }

  /** Up to the next zero byte. */
  cstring(): string {
    const end = this.#buffer.indexOf(0, this.#offset);
    if (end < 0) throw new RangeError("a text has no end");
    const value = this.#buffer.toString("utf8", this.#offset, end);
    this.#offset = end + 1;
    return value;
  }

  /** Preceded by its length in bytes. */
  text(): string {
    const start = this.#offset + 4;
    const end = start + this.int32();
    if (end > this.#buffer.length) throw new RangeError("a text is longer than its message");
    this.#offset = end;
    if (!this.#isShortAscii(start, end)) return this.#buffer.toString("utf8", start, end);
    this.#latin1 ??= this.#buffer.toString("latin1");
    return this.#latin1.slice(start, end);
  }

  #isShortAscii(start: number, end: number): boolean {
    const buffer = this.#buffer;
    if (end - start > MAX_CUT_BYTES || buffer.length > MAX_DECODED_BYTES) return false;
    for (let place = start; place < end; place++) {
      if ((buffer[place] ?? 0) > MAX_ASCII) return false;
    }
    return true;
  }
}
