/** What a text's entry costs beside its vector: the hash, the map's entry, the array's header; roughly. */
const ENTRY_BYTES = 300;

/** The vectors of the texts used last, by text hash; bounded by bytes. */
export class VectorCache {
  /** In order of use: a Map keeps the order of insertion. */
  readonly #vectors = new Map<string, Float32Array>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(textHash: string): Float32Array | undefined {
    const vector = this.#vectors.get(textHash);
    if (vector === undefined) return undefined;
    this.#vectors.delete(textHash);
    this.#vectors.set(textHash, vector);
    return vector;
  }

  set(textHash: string, vector: Float32Array): void {
    this.#remove(textHash);
    this.#vectors.set(textHash, vector);
    this.#bytes += vector.byteLength + ENTRY_BYTES;
    for (const oldest of this.#vectors.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(textHash: string): void {
    const vector = this.#vectors.get(textHash);
    if (vector === undefined) return;
    this.#vectors.delete(textHash);
    this.#bytes -= vector.byteLength + ENTRY_BYTES;
  }
}
