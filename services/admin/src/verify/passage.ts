import { setTimeout as delay } from "node:timers/promises";
import type { TopicAdmin } from "@freshet/streaming/topic-admin";

const POLL_MS = 200;

/** The pipeline didn't bring in time what was committed. */
export class PassageError extends Error {
  override readonly name = "PassageError";
}

/** The topics and consumer groups between a row's change and its points in a store. */
export interface Passage {
  /** The topic that the transformer reads. */
  readonly changes: string;
  readonly transformerGroup: string;
  /** The topic that the sink reads. */
  readonly embeddingsTopic: string;
  readonly sinkGroup: string;
}

export interface PassageOptions {
  readonly passage: Passage;
  readonly store: string;
  readonly admin: Pick<TopicAdmin, "topicOffsets" | "groupProgress">;
  /** Whether the producer has confirmed the end that the WAL had at the call of `passed`. */
  readonly capture: () => Promise<() => Promise<boolean>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Resolves when all that is committed by now is in the store: the producer has confirmed the WAL's present end, then the
 * transformer has done what its topic has by then, then the sink.
 *
 * @throws {PassageError} naming who didn't, when it takes longer than the time-out. @throws the signal's reason.
 */
export async function passed(options: PassageOptions): Promise<void> {
  const { passage, store, capture } = options;
  const waiting = { ...options, deadline: Date.now() + options.timeoutMs };
  await until(await capture(), "the cdc-producer", waiting);
  const { transformerGroup, changes, sinkGroup, embeddingsTopic } = passage;
  await groupDone({ group: transformerGroup, topic: changes, who: "the embedding-transformer" }, waiting);
  await groupDone({ group: sinkGroup, topic: embeddingsTopic, who: `the vector-sink of ${store}` }, waiting);
}

type Waiting = PassageOptions & { readonly deadline: number };

async function groupDone(
  { group, topic, who }: { readonly group: string; readonly topic: string; readonly who: string },
  waiting: Waiting,
): Promise<void> {
  const offsets = (await waiting.admin.topicOffsets(topic)) ?? [];
  // Where nothing is left to be read, a group that came later never commits.
  const ends = new Map(offsets.flatMap(({ partition, low, end }) => (low < end ? [[partition, end]] : [])));
  const done = async () => {
    const { partitions } = await waiting.admin.groupProgress(group, [topic]);
    const committed = new Map(partitions.map((progress) => [progress.partition, progress.committed ?? 0n]));
    return [...ends].every(([partition, end]) => (committed.get(partition) ?? 0n) >= end);
  };
  await until(done, who, waiting);
}

async function until(
  done: () => Promise<boolean>,
  who: string,
  { deadline, timeoutMs, signal }: Waiting,
): Promise<void> {
  while (!(await done())) {
    signal.throwIfAborted();
    if (Date.now() > deadline) {
      throw new PassageError(
        `What was committed ${Math.round(timeoutMs / 1000)} s ago isn't in the index yet, as ${who} hasn't come so far: ` +
          `look at freshet status, and verify again when it has caught up.`,
      );
    }
    await delay(POLL_MS, undefined, { signal });
  }
}
