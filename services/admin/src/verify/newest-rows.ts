import { documentContent, type DocumentRules } from "@freshet/documents/document-rules";
import { formerKeyOf, rowKeyOf } from "@freshet/documents/row-key-rule";
import { unavailableColumn } from "@freshet/documents/unavailable-column";
import type { ChangeEvent } from "@freshet/schemas/change-event";
import { formatPosition, isOlder, type Position } from "@freshet/schemas/position";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { ConsumedRecord } from "@freshet/streaming/record";
import type { Topic } from "@freshet/streaming/topic";
import { BUCKETS, rowDigest } from "@freshet/vector-stores/row-digest";
import type { ExpectedRow } from "./source-rows.js";

/** Of what holds a row in memory beside its texts. */
const ROW_BYTES = 400;

export interface NewestRowsOptions {
  readonly topic: Topic<RowKey | null, ChangeEvent | null>;
  readonly rules: DocumentRules;
  /** The first bucket; see row-digest.ts. */
  readonly from: number;
  /** Which of the rows; all of them unless given. */
  readonly isAsked?: (key: string, bucket: number) => boolean;
  /** Of all rows, about. */
  readonly maxBytes: number;
}

interface NewestRow {
  readonly row: ExpectedRow;
  readonly bucket: number;
  readonly bytes: number;
  readonly partition: number;
  readonly position: Position;
}

/**
 * The rows of a topic by their newest records: of as many buckets as fit into memory. Where more come than do, those of the
 * last buckets are let go, to be read once more.
 */
export class NewestRows {
  readonly #options: NewestRowsOptions;
  readonly #rows = new Map<string, NewestRow>();
  #end = BUCKETS;
  #bytes = 0;

  constructor(options: NewestRowsOptions) {
    this.#options = options;
  }

  /** The bucket behind the last one. */
  get end(): number {
    return this.#end;
  }

  /** Of those that the index is to have. */
  *rows(): Generator<ExpectedRow, void, void> {
    for (const { row } of this.#rows.values()) if (row.isWanted) yield row;
  }

  /** In the order of each partition. */
  add(record: ConsumedRecord): void {
    const { topic, rules } = this.#options;
    let event: ChangeEvent | null;
    let key: RowKey;
    try {
      const recordKey = topic.key.decode(record.key, record);
      event = topic.value.decode(record.value, record);
      key = rowKeyOf({ key: recordKey, event }, rules.key);
    } catch {
      // A dead letter, of which the index has nothing new.
      return;
    }
    if (event?.op === "t" || event?.op === "m") {
      this.#deleteOlder(record.partition, event.source.position);
      return;
    }
    const former = event === null ? null : formerKeyOf(event, key, rules.key);
    if (former !== null) this.#delete(encodeRowKey(former));
    this.#set(encodeRowKey(key), event, record.partition);
  }

  #set(key: string, event: ChangeEvent | null, partition: number): void {
    const { from, isAsked } = this.#options;
    const { bucket } = rowDigest(key, null);
    if (bucket < from || bucket >= this.#end || isAsked?.(key, bucket) === false) return;
    const known = this.#rows.get(key);
    if (event !== null && known !== undefined && isOlder(event.source.position, known.position)) return;
    this.#delete(key);
    if (event === null || !("after" in event)) return;
    const { position, rowHash } = event.source;
    const row = {
      ...{ key, rowHash: rowHash ?? "", version: formatPosition(position) },
      ...this.#document(event.after),
    };
    const bytes =
      ROW_BYTES + 2 * (key.length + (row.content === null ? 0 : row.content.text.length + sizeOf(event.after)));
    this.#rows.set(key, { row, bucket, bytes, partition, position });
    this.#bytes += bytes;
    while (this.#bytes > this.#options.maxBytes && this.#end - from > 1) this.#shrink();
  }

  #document(after: Parameters<typeof documentContent>[0]): Pick<ExpectedRow, "isWanted" | "content"> {
    // A dead letter: the index has what came before, of which nothing is known here.
    if (unavailableColumn(after, this.#options.rules) !== undefined) return { isWanted: true, content: null };
    try {
      const content = documentContent(after, this.#options.rules);
      return content === null || content.text === "" ? { isWanted: false, content: null } : { isWanted: true, content };
    } catch {
      // A dead letter by now: the row is wanted, and isn't there.
      return { isWanted: true, content: null };
    }
  }

  #delete(key: string): void {
    this.#bytes -= this.#rows.get(key)?.bytes ?? 0;
    this.#rows.delete(key);
  }

  #deleteOlder(partition: number, position: Position): void {
    for (const [key, row] of this.#rows) {
      if (row.partition === partition && isOlder(row.position, position)) this.#delete(key);
    }
  }

  #shrink(): void {
    this.#end = this.#options.from + Math.ceil((this.#end - this.#options.from) / 2);
    for (const [key, { bucket }] of this.#rows) if (bucket >= this.#end) this.#delete(key);
  }
}

/** Of a row's texts, about: what else it has is small. */
function sizeOf(row: Readonly<Record<string, unknown>>): number {
  return Object.values(row).reduce<number>((sum, value) => sum + (typeof value === "string" ? value.length : 8), 0);
}
