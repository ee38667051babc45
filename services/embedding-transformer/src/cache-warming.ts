import type { EmbeddingCache } from "@freshet/embeddings/cache/embedding-cache";
import type { Embedding, EmbeddingModel } from "@freshet/embeddings/embedding-model";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import { connectTopicAdmin } from "@freshet/streaming/kafka/topic-admin";
import { readTopic } from "@freshet/streaming/kafka/topic-reader";
import type { ConsumedRecord } from "@freshet/streaming/record";
import { knownEmbeddings } from "./known-embeddings.js";
import { ReadMarks, type Offsets } from "./read-marks.js";

export interface WarmingOptions {
  readonly connection: KafkaConnection;
  readonly cache: EmbeddingCache;
}

export interface FillOptions {
  /** Of the topic's documents; what other models made is left out. */
  readonly model: Pick<EmbeddingModel, "identity" | "prefix">;
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void;
}

const NOTE_EVERY_MS = 2000;

/** Fills the cache with what indexes' topics hold, so that what any machine has paid for isn't paid for again here. */
export class CacheWarming {
  readonly #options: WarmingOptions;
  readonly #marks: ReadMarks;
  /** By topic and partition, up to where it was filled from. */
  readonly #filled = new Map<string, Offsets>();

  constructor(options: WarmingOptions) {
    this.#options = options;
    this.#marks = new ReadMarks(options.cache.notes, options.connection.brokers);
  }

  /**
   * Reads what the topic holds by now, from where this machine's reading has come to before.
   *
   * @throws {RetriableError} @throws {FatalError} not allowed. @throws the signal's reason.
   */
  async fill(topic: string, { model, signal, onProgress }: FillOptions): Promise<void> {
    const marks = this.#marks.read(topic);
    const log = await this.#log(topic);
    const ends = new Map(log.map(({ partition, end }) => [partition, end]));
    const positions = new Map(
      log.map(({ partition, low, end }) => {
        const mark = marks.get(partition) ?? low;
        // One behind the end is of a topic that was deleted and made anew.
        return [partition, mark > end || mark < low ? low : mark];
      }),
    );
    const left = () => [...ends].reduce((sum, [partition, end]) => sum + end - (positions.get(partition) ?? end), 0n);
    const total = left();
    let isKept = true;
    if (total > 0n) {
      const reading = readTopic({
        connection: this.#options.connection,
        topic,
        from: new Map(positions),
        ends,
        signal,
      });
      let notedAt = Date.now();
      for await (const records of reading) {
        // What isn't kept is to be read again, as after a full disk.
        if (!(await this.#keep(records, model))) isKept = false;
        for (const { partition, offset } of records.slice(-1)) positions.set(partition, offset + 1n);
        onProgress(1 - Number(left()) / Number(total));
        if (!isKept || Date.now() - notedAt < NOTE_EVERY_MS) continue;
        await this.#note(topic, positions);
        notedAt = Date.now();
      }
      if (isKept) await this.#note(topic, ends);
    }
    if (isKept) this.#filled.set(topic, ends);
  }

  /**
   * After all work: what this process itself has written since needn't be read at its next start. When somebody else
   * has written too, which the count tells, everything since is read then.
   *
   * @throws {RetriableError} @throws {FatalError} not allowed.
   */
  async passOver(topic: string, written: number): Promise<void> {
    const before = this.#filled.get(topic);
    if (!before || written === 0) return;
    const log = await this.#log(topic);
    const since = log.reduce((sum, { partition, end }) => sum + end - (before.get(partition) ?? 0n), 0n);
    if (since !== BigInt(written)) return;
    await this.#marks.write(topic, new Map(log.map(({ partition, end }) => [partition, end])));
  }

  /** A mark that can't be noted costs the next start a reading. */
  async #note(topic: string, offsets: Offsets): Promise<void> {
    try {
      await this.#marks.write(topic, offsets);
    } catch (error) {
      this.#options.connection.logger.debug({ topic, error }, "The next start reads again what this one has read.");
    }
  }

  /** @returns whether the cache has it all now. */
  async #keep(records: readonly ConsumedRecord[], model: FillOptions["model"]): Promise<boolean> {
    const { cache } = this.#options;
    const known = new Map<string, Embedding>();
    for (const { value } of records) {
      if (value === null) continue;
      for (const [hash, embedding] of knownEmbeddings(value, model)) known.set(hash, embedding);
    }
    const hashes = [...known.keys()];
    cache.get(hashes).forEach((kept, i) => {
      if (kept) known.delete(hashes[i] ?? "");
    });
    await cache.put(known);
    return cache.get([...known.keys()]).every((kept) => kept !== undefined);
  }

  async #log(topic: string) {
    const admin = await connectTopicAdmin(this.#options.connection);
    try {
      return (await admin.topicOffsets(topic)) ?? [];
    } finally {
      await admin.close();
    }
  }
}
