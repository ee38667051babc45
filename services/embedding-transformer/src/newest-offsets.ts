import { hash } from "node:crypto";

/** A power of two, as the others. */
const FIRST_SLOTS = 1 << 12;
const FULL = 0.6;

/**
 * By key, the highest of the offsets that it was given: 16 bytes for a slot, of which 60 % at most are taken. Of a key it
 * keeps 64 bits of a hash; of two million keys, two have the same ones with a probability of one in ten million.
 */
export class NewestOffsets {
  #high = new Uint32Array(FIRST_SLOTS);
  #low = new Uint32Array(FIRST_SLOTS);
  /** Above the offset by one; 0 for a free slot. */
  #offsets = new Float64Array(FIRST_SLOTS);
  #size = 0;

  /** Keys. */
  get size(): number {
    return this.#size;
  }

  /** @param offset below 2^53. */
  add(key: string, offset: number): void {
    if (this.#size >= this.#offsets.length * FULL) this.#grow();
    const digest = hash("sha1", key, "buffer");
    this.#put(digest.readUInt32LE(0), digest.readUInt32LE(4), offset + 1);
  }

  get(key: string): number | undefined {
    const digest = hash("sha1", key, "buffer");
    const found = this.#offsets[this.#slotOf(digest.readUInt32LE(0), digest.readUInt32LE(4))] ?? 0;
    return found === 0 ? undefined : found - 1;
  }

  #put(high: number, low: number, offset: number): void {
    const slot = this.#slotOf(high, low);
    const before = this.#offsets[slot] ?? 0;
    if (before === 0) this.#size += 1;
    this.#high[slot] = high;
    this.#low[slot] = low;
    this.#offsets[slot] = Math.max(before, offset);
  }

  /** Where it is, or where it would be. */
  #slotOf(high: number, low: number): number {
    const mask = this.#offsets.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      if (this.#offsets[slot] === 0 || (this.#low[slot] === low && this.#high[slot] === high)) return slot;
    }
  }

  #grow(): void {
    const [high, low, offsets] = [this.#high, this.#low, this.#offsets];
    const slots = 2 * offsets.length;
    [this.#high, this.#low] = [new Uint32Array(slots), new Uint32Array(slots)];
    this.#offsets = new Float64Array(slots);
    this.#size = 0;
    offsets.forEach((offset, slot) => {
      if (offset > 0) this.#put(high[slot] ?? 0, low[slot] ?? 0, offset);
    });
  }
}
