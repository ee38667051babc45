/** One MiB; of a million ids, one other in fifty is then taken for written. */
const BITS = 2 ** 23;
const BITS_OF_ID = 4;

/**
 * Which ids a collection may have, of one that was empty when this began: a Bloom filter, which forgets none and takes
 * some others for written. What it knows not to be there needn't be looked for, as all of a first load.
 */
export class WrittenIds {
  readonly #bytes = new Uint8Array(BITS / 8);

  add(id: string): void {
    for (const bit of bitsOf(id)) this.#bytes[bit >> 3] = (this.#bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }

  mayHave(id: string): boolean {
    return bitsOf(id).every((bit) => ((this.#bytes[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0);
  }
}

/** A point's id is a digest, so its own digits are as good as another's. */
function bitsOf(id: string): number[] {
  const first = parseInt(id.slice(0, 8), 16);
  const step = parseInt(id.slice(-8), 16);
  return Array.from({ length: BITS_OF_ID }, (_, place) => ((first + place * step) >>> 0) % BITS);
}
