import { delay } from "./back-off.js";
import { FatalError } from "./errors.js";
import type { Pipeline } from "./frames/pipeline.js";
import type { TopicAdmin } from "./topic-admin.js";
import type { Troubles } from "./troubles.js";

const POLL_MS = 1000;

interface PrepareOptions {
  readonly topics: Pick<TopicAdmin, "ensureTopic" | "partitionCount">;
  readonly troubles: Troubles;
  readonly signal: AbortSignal;
  /** Called with what is being waited for. */
  readonly onWaiting: (reason: string) => void;
}

/**
 * Waits for the input topics, and makes missing output topics with as many partitions: records keep their partition
 * number, so that a key's order is kept end to end.
 *
 * @returns false when the signal was aborted before.
 * @throws {FatalError} an output topic has another partition count.
 */
export async function prepareTopics(pipelines: readonly Pipeline[], options: PrepareOptions): Promise<boolean> {
  try {
    for (const { input, outputs } of pipelines) {
      const partitions = await inputPartitions(input, options);
      for (const output of outputs) await prepareOutput({ input, output, partitions }, options);
    }
    return true;
  } catch (error) {
    if (options.signal.aborted && !(error instanceof FatalError)) return false;
    throw error;
  }
}

async function inputPartitions(topic: string, options: PrepareOptions): Promise<number> {
  const { topics, signal, onWaiting } = options;
  for (;;) {
    const count = await ask(options, () => topics.partitionCount(topic));
    if (count !== null) return count;
    onWaiting(`waiting for topic ${topic}, which doesn't exist yet`);
    await delay(POLL_MS, signal);
  }
}

async function prepareOutput(
  { input, output, partitions }: { input: string; output: string; partitions: number },
  options: PrepareOptions,
): Promise<void> {
  const count = await ask(options, () => options.topics.ensureTopic({ name: output, partitions }));
  if (count === partitions) return;
  throw new FatalError(
    `Topic ${output} has ${count} partitions but topic ${input}, which it is made from, has ${partitions}: a row would ` +
      `lose its order. Delete ${output} and reindex, or make it with ${partitions} partitions.`,
  );
}

function ask<T>({ troubles, signal }: PrepareOptions, question: () => Promise<T>): Promise<T> {
  return troubles.retrying("topics", question, { signal });
}
