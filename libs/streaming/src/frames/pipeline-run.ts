import type { BatchRun, OperatorRun, Retry } from "../batches/batch-run.js";
import type { Message, OutgoingRecord } from "../message.js";
import type { ConsumedRecord } from "../record.js";
import type { BatchContext } from "../sink.js";
import type { BatchTrace } from "../tracing/tracing-batch.js";

/** A message on its way through the operators, with the record that it was made of. */
export interface Item<K, V> {
  readonly source: ConsumedRecord;
  readonly message: Message<K, V>;
  /**
   * The way from the record to here: which branch of a frame that is used several times, which of the messages that
   * `expand` made, and so on. Ways are compared like words.
   */
  readonly way: readonly number[];
}

export type Stage<T> = (items: readonly T[], run: PipelineRun) => Promise<void>;

interface Emitted extends Pick<Item<unknown, unknown>, "source" | "way"> {
  readonly record: OutgoingRecord;
}

/** What the branches of a pipeline say about a batch, as one. */
export class PipelineRun implements OperatorRun {
  readonly context: BatchContext;
  readonly retry: Retry;
  readonly #run: BatchRun;
  readonly #trace: BatchTrace;
  readonly #merges: boolean;
  readonly #emitted: Emitted[] = [];
  readonly #poisoned = new Set<ConsumedRecord>();

  /** @param merges several branches produce to one topic, one after the other: their records have to be put in order. */
  constructor(run: BatchRun, { trace, merges }: { trace: BatchTrace; merges: boolean }) {
    this.context = run.context;
    this.retry = run.retry;
    this.#run = run;
    this.#trace = trace;
    this.#merges = merges;
  }

  emit(made: OutgoingRecord, { source, way }: Omit<Emitted, "record">): void {
    const record = this.#trace.made(made, source);
    if (this.#merges) this.#emitted.push({ record, source, way });
    else this.#run.emit(record, source);
  }

  /** A record is one dead letter, however many of its branches and children fail; what failed first is the reason. */
  poison(source: ConsumedRecord, error: Error, attempts: number): void {
    if (this.#poisoned.has(source)) return;
    this.#poisoned.add(source);
    this.#trace.poison(source, error);
    this.#run.poison(source, error, attempts);
  }

  /** To be called behind the last stage. */
  end(): void {
    this.#emitted.sort(inOrder);
    for (const { record, source } of this.#emitted) this.#run.emit(record, source);
  }
}

/** Hands the messages of a frame to each of the stages behind it. */
export async function branch<K, V>(
  stages: readonly Stage<Item<K, V>>[],
  items: readonly Item<K, V>[],
  run: PipelineRun,
): Promise<void> {
  for (const [index, stage] of stages.entries()) {
    await stage(stages.length === 1 ? items : items.map((item) => ({ ...item, way: [...item.way, index] })), run);
  }
}

/** As if each message had gone through all branches before the next one. */
function inOrder(a: Emitted, b: Emitted): number {
  if (a.source.partition !== b.source.partition) return a.source.partition - b.source.partition;
  if (a.source.offset !== b.source.offset) return a.source.offset < b.source.offset ? -1 : 1;
  for (const [index, step] of a.way.entries()) {
    const difference = step - (b.way[index] ?? step);
    if (difference !== 0) return difference;
  }
  return 0;
}
