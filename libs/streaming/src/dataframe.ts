import type { BatchRun, Item, Stage } from "./batch-run.js";
import { eachBatch } from "./each-batch.js";
import { eachItem } from "./each-item.js";
import type { Message } from "./message.js";
import type { ConsumedRecord } from "./record.js";
import type { BatchContext, BatchOptions, Sink } from "./sink.js";
import type { Topic } from "./topic.js";

/** What the operators of a topic ask of the loop that runs them. */
export interface PipelineNeeds {
  readonly limits: BatchOptions[];
  /** Topics produced to; each must have as many partitions as the input. */
  readonly outputs: Set<string>;
}

const sourceOf = ({ source }: { source: ConsumedRecord }) => source;

function withValue<K, V, W>(message: Message<K, V>, value: W): Message<K, W> {
  return { ...message, value };
}

/**
 * The messages of a topic and what is done to them. Each operator gives a new frame; a frame may be used twice, which
 * makes branches. A partition's order is kept throughout.
 *
 * A thrown RetriableError is tried again for ever, a FatalError ends the application. Anything else that a codec,
 * `filter`, `apply` or `expand` throws makes the message a dead letter.
 */
export class StreamingDataFrame<K, V> {
  readonly #needs: PipelineNeeds;
  readonly #onward: Stage<Item<K, V>>[];

  /** @param onward filled with the stages behind this frame; whoever made the frame calls them. */
  constructor(needs: PipelineNeeds, onward: Stage<Item<K, V>>[]) {
    this.#needs = needs;
    this.#onward = onward;
  }

  filter<W extends V>(predicate: (value: V, message: Message<K, V>) => value is W): StreamingDataFrame<K, W>;
  filter(predicate: (value: V, message: Message<K, V>) => boolean): StreamingDataFrame<K, V>;
  filter(predicate: (value: V, message: Message<K, V>) => boolean): StreamingDataFrame<K, V> {
    return this.#derive(async (items, run) => {
      const work = ({ message }: Item<K, V>) => predicate(message.value, message);
      const decided = await eachItem(items, run, { stage: "filter", sourceOf, work });
      return decided.filter(({ result }) => result).map(({ item }) => item);
    });
  }

  apply<W>(transform: (value: V, message: Message<K, V>) => W | Promise<W>): StreamingDataFrame<K, W> {
    return this.#derive(async (items, run) => {
      const work = ({ message }: Item<K, V>) => transform(message.value, message);
      const done = await eachItem(items, run, { stage: "apply", sourceOf, work });
      return done.map(({ item, result }) => ({ ...item, message: withValue(item.message, result) }));
    });
  }

  /** One to many, also none; the order of what is returned is kept. */
  expand<W>(transform: (value: V, message: Message<K, V>) => readonly W[]): StreamingDataFrame<K, W> {
    return this.#derive(async (items, run) => {
      const work = ({ message }: Item<K, V>) => transform(message.value, message);
      const done = await eachItem(items, run, { stage: "expand", sourceOf, work });
      return done.flatMap(({ item, result }) =>
        result.map((value) => ({ ...item, message: withValue(item.message, value) })),
      );
    });
  }

  /**
   * One result for each message, in order. Besides retriable and fatal errors, a BatchItemsError sends the named
   * messages to the dead letters; any other error ends the application.
   */
  applyBatch<W>(
    transform: (messages: readonly Message<K, V>[], context: BatchContext) => Promise<readonly W[]>,
    options: BatchOptions,
  ): StreamingDataFrame<K, W> {
    this.#needs.limits.push(options);
    return this.#derive(async (items, run) => {
      const { maxItems } = options;
      const done = await eachBatch(items, run, { stage: "applyBatch", maxItems, work: transform });
      return done.map(({ item, result }) => ({ ...item, message: withValue(item.message, result) }));
    });
  }

  /** Produced with the input's key bytes to the input's partition number, so that a key's order is kept end to end. */
  toTopic(topic: Pick<Topic<K, V>, "name" | "value">): void {
    this.#needs.outputs.add(topic.name);
    this.#onward.push(async (items, run) => {
      const work = ({ message }: Item<K, V>) => topic.value.encode(message.value);
      const encoded = await eachItem(items, run, { stage: "encode", sourceOf, work });
      for (const { item, result } of encoded) {
        const { key, partition } = item.source;
        const headers = result.headers ?? {};
        run.emit({ topic: topic.name, key, value: result.bytes, partition, headers }, item.source);
      }
    });
  }

  /** Offsets are committed only after the sink has written. Errors are treated as `applyBatch` does. */
  sink(sink: Sink<K, V>, options: BatchOptions): void {
    this.#needs.limits.push(options);
    this.#onward.push(async (items, run) => {
      const work = async (messages: readonly Message<K, V>[], context: BatchContext) => {
        await sink.write(messages, context);
        return messages;
      };
      await eachBatch(items, run, { stage: "sink", maxItems: options.maxItems, work });
    });
  }

  #derive<W>(work: (items: readonly Item<K, V>[], run: BatchRun) => Promise<Item<K, W>[]>): StreamingDataFrame<K, W> {
    const onward: Stage<Item<K, W>>[] = [];
    this.#onward.push(async (items, run) => {
      const results = await work(items, run);
      if (results.length === 0) return;
      for (const stage of onward) await stage(results, run);
    });
    return new StreamingDataFrame(this.#needs, onward);
  }
}
