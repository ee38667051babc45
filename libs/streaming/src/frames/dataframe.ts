import { type Assigned, type Columns, assignColumns } from "./assign.js";
import { eachBatch } from "./each-batch.js";
import { eachItem } from "./each-item.js";
import { eachKey } from "./each-key.js";
import type { Message } from "../message.js";
import { type Item, type PipelineRun, type Stage, branch } from "./pipeline-run.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchContext, BatchOptions, Sink } from "../sink.js";
import type { OutputTopic } from "../topic.js";

/** What the operators of a topic ask of the loop that runs them. */
export interface PipelineNeeds {
  readonly limits: BatchOptions[];
  /** The topic of each end that produces; each must have as many partitions as the input. */
  readonly produced: string[];
}

/** What an operator does to one message; it may take its time. */
type Work<K, V, R> = (value: V, message: Message<K, V>) => R | Promise<R>;

export interface OperatorOptions {
  /**
   * How many keys an operator that waits for something works on at a time; 1 by default. A key's messages are worked
   * on one after the other in any case, and what comes of them is in the order of the input.
   */
  readonly concurrency?: number;
}

const sourceOf = ({ source }: { source: ConsumedRecord }) => source;

function withValue<K, V, W>(item: Item<K, V>, value: W): Item<K, W> {
  return { source: item.source, message: { ...item.message, value }, way: item.way };
}

/**
 * The messages of a topic and what is done to them. Each operator gives a new frame; a frame may be used twice, which
 * makes branches. Branches share a message's value, so operators make new values and don't change the one they get.
 *
 * A partition's messages are worked on in order, by one operator at a time. What branches produce to one topic is in
 * the order as if each message, also of those that `expand` made, had gone through all branches, in the order in which
 * they were declared, before the next one.
 *
 * A thrown RetriableError is tried again for ever, a FatalError ends the application. Anything else that a codec or
 * an operator for single messages throws makes the consumed record a dead letter, once: also where only one of the
 * messages that `expand` made of it, or one of its branches, has failed. The others go on.
 */
export class StreamingDataFrame<K, V> {
  readonly #needs: PipelineNeeds;
  readonly #onward: Stage<Item<K, V>>[];

  /** @param onward filled with the stages behind this frame; whoever made the frame calls them. */
  constructor(needs: PipelineNeeds, onward: Stage<Item<K, V>>[]) {
    this.#needs = needs;
    this.#onward = onward;
  }

  /** Keeps the messages for which it is true; a type guard narrows the frame. */
  filter<W extends V>(predicate: (value: V, message: Message<K, V>) => value is W): StreamingDataFrame<K, W>;
  filter(predicate: Work<K, V, boolean>, options?: OperatorOptions): StreamingDataFrame<K, V>;
  filter(predicate: Work<K, V, boolean>, options?: OperatorOptions): StreamingDataFrame<K, V> {
    return this.#each({ ...options, stage: "filter", work: predicate }, (item, isKept) => (isKept ? [item] : []));
  }

  /** One to one. */
  apply<W>(transform: Work<K, V, W>, options?: OperatorOptions): StreamingDataFrame<K, W> {
    return this.#each({ ...options, stage: "apply", work: transform }, (item, value) => [withValue(item, value)]);
  }

  /** One to many, also none; the order of what is returned is kept. */
  expand<W>(transform: Work<K, V, readonly W[]>, options?: OperatorOptions): StreamingDataFrame<K, W> {
    return this.#each({ ...options, stage: "expand", work: transform }, (item, values) =>
      values.map((value, index) => ({ ...withValue(item, value), way: [...item.way, index] })),
    );
  }

  /** Does something for each message, such as counting it, and passes it on. Happens again when a batch does. */
  update(action: Work<K, V, void>, options?: OperatorOptions): StreamingDataFrame<K, V> {
    return this.#each({ ...options, stage: "update", work: action }, (item) => [item]);
  }

  /**
   * Adds columns to rows, or replaces them: `assign({ total: (row) => row.price * row.pieces })`. Each function sees
   * the row as it came, without the other new columns. Gives plain objects.
   */
  assign<Row extends object, C extends Columns<K, Row>>(
    this: StreamingDataFrame<K, Row>,
    columns: C,
  ): StreamingDataFrame<K, Assigned<Row, C>> {
    return this.#derive((items, run) => assignColumns(items, run, columns));
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
      return done.map(({ item, result }) => withValue(item, result));
    });
  }

  /** Produced to the input's partition number, and with its key's bytes by default: a key's order is kept end to end. */
  toTopic({ name: topic, value: codec, keyOf }: OutputTopic<V>): void {
    this.#needs.produced.push(topic);
    this.#onward.push(async (items, run) => {
      const work = ({ message }: Item<K, V>) => codec.encode(message.value);
      const encoded = await eachItem(items, run, { stage: "encode", sourceOf, work });
      for (const { item, result } of encoded) {
        const { partition } = item.source;
        const key = keyOf?.(item.message.value) ?? item.source.key;
        const headers = result.headers ?? {};
        run.emit({ topic, key, value: result.bytes, partition, headers }, item);
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

  #each<R, W>(
    { stage, work, concurrency = 1 }: OperatorOptions & { readonly stage: string; readonly work: Work<K, V, R> },
    toItems: (item: Item<K, V>, result: R) => readonly Item<K, W>[],
  ): StreamingDataFrame<K, W> {
    return this.#derive(async (items, run) => {
      const workOn = ({ message }: Item<K, V>) => work(message.value, message);
      const done = await eachKey(items, run, { stage, sourceOf, work: workOn, concurrency });
      return done.flatMap(({ item, result }) => toItems(item, result));
    });
  }

  #derive<W>(
    work: (items: readonly Item<K, V>[], run: PipelineRun) => Promise<Item<K, W>[]>,
  ): StreamingDataFrame<K, W> {
    const onward: Stage<Item<K, W>>[] = [];
    this.#onward.push(async (items, run) => {
      const results = await work(items, run);
      if (results.length === 0) return;
      await branch(onward, results, run);
    });
    return new StreamingDataFrame(this.#needs, onward);
  }
}
