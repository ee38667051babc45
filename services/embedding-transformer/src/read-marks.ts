import type { CacheNotes } from "@freshet/embeddings/cache/embedding-cache";

/** By partition, the offset before which everything has been read. */
export type Offsets = ReadonlyMap<number, bigint>;

/** How far this machine has read the topics of a broker, noted in the cache that it read them into. */
export class ReadMarks {
  readonly #notes: CacheNotes;
  readonly #broker: string;

  constructor(notes: CacheNotes, brokers: readonly string[]) {
    this.#notes = notes;
    this.#broker = brokers.join(",");
  }

  read(topic: string): Offsets {
    return parse(this.#notes.read(this.#name(topic)));
  }

  /** Of other partitions what was noted stays. */
  async write(topic: string, offsets: Offsets): Promise<void> {
    await this.#notes.update(this.#name(topic), (noted) => {
      const all = new Map([...parse(noted), ...offsets]);
      return [...all].map(([partition, offset]) => `${partition}:${offset}`).join(" ");
    });
  }

  #name(topic: string): string {
    return `read ${this.#broker} ${topic}`;
  }
}

function parse(text = ""): Offsets {
  return new Map(
    [...text.matchAll(/(\d+):(\d+)/g)].map(([, partition = "", offset = ""]) => [Number(partition), BigInt(offset)]),
  );
}
