import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { Message } from "@freshet/streaming/message";

type Place = Pick<Message<RowKey, unknown>, "key" | "partition" | "offset">;

/**
 * Remembers each partition's last delete event, to tell the tombstone that follows it from one that comes alone.
 *
 * The former says nothing new. The latter is a delete in its own right: compaction may have removed the event before
 * it, or somebody else wrote it. It carries no position, and a delete without one overrules every other, so it is
 * passed on only where it is the only news of the delete.
 */
export class Deletes {
  readonly #last = new Map<number, { readonly offset: bigint; readonly key: string }>();

  add({ key, partition, offset }: Place): void {
    this.#last.set(partition, { offset, key: encodeRowKey(key) });
  }

  /** Whether the record right before this one deleted the same row. */
  announced({ key, partition, offset }: Place): boolean {
    const last = this.#last.get(partition);
    return last?.offset === offset - 1n && last.key === encodeRowKey(key);
  }
}
