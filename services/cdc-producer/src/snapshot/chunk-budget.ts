/**
 * Of rows that are read and not yet put into the stream, in characters. A server whose WAL nobody flushes lets the
 * stream pass their place more than half a second later, and they bridge that time.
 */
const MAX_READ = 8 * 1024 * 1024;
/** Of records that are on their way to Kafka: a chunk is put in while the last one's are sent. */
const MAX_SENT = 2 * 1024 * 1024;

/** What all snapshots together may hold. */
export class ChunkBudget {
  readonly #onFreed: () => void;
  #read = 0;
  #sent = 0;

  constructor(onFreed: () => void) {
    this.#onFreed = onFreed;
  }

  get mayRead(): boolean {
    return this.#read < MAX_READ;
  }

  get maySend(): boolean {
    return this.#sent < MAX_SENT;
  }

  read(length: number): void {
    this.#read += length;
  }

  /** The rows aren't held any more. */
  released(length: number): void {
    this.#read -= length;
  }

  sent(length: number): void {
    this.#sent += length;
  }

  delivered(length: number): void {
    this.#sent -= length;
    this.#onFreed();
  }
}
