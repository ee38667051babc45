/** What an entry takes besides its text, in bytes, about. */
const ENTRY_BYTES = 120;

/**
 * The rows that the last round read, and as what, so that the next one, which reads many of them again, doesn't send them
 * again. Beyond its bound it forgets, and those rows are sent once more: that does no harm.
 */
export class SeenRows {
  readonly #maxBytes: number;
  #previous = new Map<string, string>();
  #current = new Map<string, string>();
  #bytes = 0;

  /** @param maxBytes of text and its keeping, about. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  beginRound(): void {
    this.#previous = this.#current;
    this.#current = new Map();
    this.#bytes = 0;
  }

  /** Whether the row, by its name, was seen in this very version by this round or the one before. */
  has(name: string, version: string): boolean {
    return (this.#current.get(name) ?? this.#previous.get(name)) === version;
  }

  add(name: string, version: string): void {
    if (!this.#current.has(name)) {
      const bytes = name.length + version.length + ENTRY_BYTES;
      if (this.#bytes + bytes > this.#maxBytes) {
        this.#previous.delete(name);
        return;
      }
      this.#bytes += bytes;
    }
    this.#previous.delete(name);
    this.#current.set(name, version);
  }

  clear(): void {
    this.#previous.clear();
    this.#current.clear();
    this.#bytes = 0;
  }
}
