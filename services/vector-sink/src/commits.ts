import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import { formatPosition, type Position } from "@freshet/schemas/position";
import type { Message } from "@freshet/streaming/message";

export interface Commit {
  /** `epoch/lsn/seq`. */
  readonly position: string;
  /** ms since the Unix epoch. */
  readonly committedAt: number;
}

export interface BatchCommits {
  /** The last of each partition that says when it was committed: tombstones don't, they follow a delete that does. */
  readonly last: ReadonlyMap<number, Commit>;
  /** Null when no message says it. */
  readonly committedAt: { readonly oldest: number; readonly newest: number } | null;
}

export function lastCommits(
  batch: readonly Pick<Message<unknown, EmbeddedMessage>, "value" | "partition">[],
): BatchCommits {
  const sources = new Map<number, { readonly position: Position; readonly committedAt: number }>();
  let oldest = Infinity;
  let newest = -Infinity;
  for (const { value, partition } of batch) {
    if (value.op === "tombstone") continue;
    const source = "source" in value ? value.source : value;
    // Of a whole millisecond, which another program's message may not have said.
    const committedAt = Math.floor(source.committedAt);
    sources.set(partition, source);
    oldest = Math.min(oldest, committedAt);
    newest = Math.max(newest, committedAt);
  }
  const last = new Map(
    [...sources].map(([partition, { position, committedAt }]) => [
      partition,
      { position: formatPosition(position), committedAt: Math.floor(committedAt) },
    ]),
  );
  return { last, committedAt: last.size > 0 ? { oldest, newest } : null };
}
