/** Reads network-order values one after the other. Text is copied out, so nothing keeps a view into the buffer. */
export class ByteReader {
  readonly #buffer: Buffer;
  #offset = 0;

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
    const end = this.int32() + this.#offset;
    if (end > this.#buffer.length) throw new RangeError("a text is longer than its message");
    const value = this.#buffer.toString("utf8", this.#offset, end);
    this.#offset = end;
    return value;
  }
}
