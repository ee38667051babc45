import { mkdirSync } from "node:fs";
import { writeFailure } from "@freshet/embeddings/cache/write-failure";
import { formatPosition, isOlder, parsePosition, type Position } from "@freshet/schemas/position";
import { decodeRowKey } from "@freshet/schemas/row-key";
import { RetriableError } from "@freshet/streaming/errors";
import { within } from "@freshet/streaming/within";
import { open, type Database, type RootDatabase } from "lmdb";
import type { OlderGone, RowChange, TopicChange } from "./row-change.js";
import { placeOf } from "./row-place.js";

/** A row's last change in the topic. */
export interface RowState {
  /** As `encodeRowKey` writes it. */
  readonly key: string;
  readonly partition: number;
  readonly position: Position;
  /** The document as it lies in the topic; null when the row is deleted. */
  readonly value: Buffer | null;
}

interface Head {
  readonly key: string;
  readonly partition: number;
  /** `epoch/lsn/seq`. */
  readonly position: string;
}

/** How many rows are looked at in one go where many are. */
const SLICE = 500;
/** Of documents that are read in one go, about. */
const SLICE_BYTES = 4 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 3_000;

/**
 * An index's topic by row, in key order, on disk: of each row the change with the highest position, deletes among them,
 * as the stores take them. What it is made of and how far it has read are one transaction, so it may die at any moment,
 * and what it is given a second time changes nothing.
 */
export class RowView {
  readonly #environment: RootDatabase<never, string>;
  readonly #heads: Database<Head, Buffer>;
  readonly #values: Database<Buffer, Buffer>;
  /** Rows whose newest state must be written to the topic again, because something older came behind it. */
  readonly #overtaken: Database<true, Buffer>;
  readonly #offsets: Database<string, number>;
  readonly #origin: Database<string, string>;

  /** @param directory made if it isn't there. @throws when it can't be used. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#environment = open({
      path: directory,
      noSubdir: false,
      maxDbs: 5,
      // Else writes have promises of their own, which nobody can catch: a full disk would end the process.
      overlappingSync: false,
      eventTurnBatching: false,
    });
    const byRow = { keyEncoding: "binary" } as const;
    this.#heads = this.#environment.openDB({ name: "heads", ...byRow });
    this.#values = this.#environment.openDB({ name: "values", encoding: "binary", ...byRow });
    this.#overtaken = this.#environment.openDB({ name: "overtaken", ...byRow });
    this.#offsets = this.#environment.openDB({ name: "offsets" });
    this.#origin = this.#environment.openDB({ name: "origin" });
  }

  /** What the view was made of; null when it is new. */
  get origin(): string | null {
    return this.#origin.get("origin") ?? null;
  }

  /** When something was last taken in, in ms since the Unix epoch; 0 when nothing ever was. */
  get changedAt(): number {
    return Number(this.#origin.get("changedAt") ?? 0);
  }

  /** By partition, the offset before which everything is taken in. */
  offsets(): Map<number, bigint> {
    return new Map([...this.#offsets.getRange({})].map(({ key, value }) => [key, BigInt(value)]));
  }

  /** Forgets everything. */
  async reset(origin: string): Promise<void> {
    await this.#write(() => {
      for (const database of [this.#heads, this.#values, this.#overtaken, this.#offsets]) database.clearSync();
      this.#origin.putSync("origin", origin);
    });
  }

  get(key: string): RowState | null {
    const place = placeOf(key);
    const head = this.#heads.get(place);
    return head === undefined ? null : this.#toState(place, head);
  }

  /** The next documents in key order, no deleted rows; fewer where they are large. @param after empty: the first. */
  documents(after: string, limit: number): { readonly key: string; readonly value: Buffer }[] {
    const range = after === "" ? { limit } : { start: placeOf(after), exclusiveStart: true, limit };
    const documents: { readonly key: string; readonly value: Buffer }[] = [];
    let bytes = 0;
    for (const { key: place, value } of this.#values.getRange(range)) {
      const head = this.#heads.get(place);
      if (head === undefined) continue;
      documents.push({ key: head.key, value });
      bytes += value.length;
      if (bytes >= SLICE_BYTES) break;
    }
    return documents;
  }

  /** The key's columns, in order, as the first document has them; null without any. */
  keyColumns(): string[] | null {
    const [first] = this.documents("", 1);
    return first === undefined ? null : Object.keys(decodeRowKey(first.key));
  }

  /** Takes in what a partition says, in its order. */
  async fold(partition: number, changes: readonly TopicChange[]): Promise<void> {
    let rows: RowChange[] = [];
    for (const change of changes) {
      if (change.kind === "row") {
        rows.push(change);
        continue;
      }
      await this.#foldRows(partition, rows);
      rows = [];
      await this.#foldOlderGone(partition, change);
    }
    await this.#foldRows(partition, rows);
  }

  /** Rows whose newest state must be written again. */
  overtaken(): { readonly place: Buffer; readonly state: RowState | null }[] {
    return [...this.#overtaken.getKeys({ limit: SLICE })].map((place) => {
      const head = this.#heads.get(place);
      return { place, state: head === undefined ? null : this.#toState(place, head) };
    });
  }

  async restored(places: readonly Buffer[]): Promise<void> {
    await this.#write(() => {
      for (const place of places) void this.#overtaken.remove(place);
    });
  }

  async close(): Promise<void> {
    // After a write that failed, lmdb waits for ever.
    await within(CLOSE_TIMEOUT_MS, this.#environment.close());
  }

  async #foldRows(partition: number, changes: readonly RowChange[]): Promise<void> {
    await this.#advance(partition, changes, (change) => this.#foldRow(partition, change));
  }

  /** The rows go in slices, each a transaction of its own; the change counts as taken in with the last. */
  async #foldOlderGone(partition: number, change: OlderGone): Promise<void> {
    if (change.offset < BigInt(this.#offsets.get(partition) ?? 0)) return;
    let start: Buffer | undefined;
    for (;;) {
      const slice = [...this.#heads.getRange({ limit: SLICE, ...(start && { start, exclusiveStart: true }) })];
      await this.#write(() => {
        for (const { key } of slice) {
          const head = this.#heads.get(key);
          if (head?.partition === partition && isOlder(parsePosition(head.position), change.position))
            this.#remove(key);
        }
      });
      start = slice.at(-1)?.key;
      if (slice.length < SLICE) break;
    }
    await this.#advance(partition, [change], () => undefined);
  }

  async #advance<Change extends TopicChange>(
    partition: number,
    changes: readonly Change[],
    fold: (change: Change) => void,
  ): Promise<void> {
    const last = changes.at(-1);
    if (last === undefined) return;
    await this.#write(() => {
      const next = BigInt(this.#offsets.get(partition) ?? 0);
      for (const change of changes) if (change.offset >= next) fold(change);
      if (last.offset >= next) void this.#offsets.put(partition, String(last.offset + 1n));
      void this.#origin.put("changedAt", String(Date.now()));
    });
  }

  #foldRow(partition: number, { key, position, value, besidePipeline }: RowChange): void {
    const place = placeOf(key);
    if (position === null) {
      this.#remove(place);
      return;
    }
    const known = this.#heads.get(place);
    if (known && isOlder(position, parsePosition(known.position))) {
      if (besidePipeline) void this.#overtaken.put(place, true);
      return;
    }
    void this.#heads.put(place, { key, partition, position: formatPosition(position) });
    void (value === null ? this.#values.remove(place) : this.#values.put(place, value));
  }

  /** As one transaction. @throws {RetriableError} when it can't be written, as on a full disk. */
  async #write(work: () => void): Promise<void> {
    try {
      await this.#environment.transaction(work);
    } catch (error) {
      throw new RetriableError(`A view of a topic can't be written: ${await writeFailure(error)}.`, { cause: error });
    }
  }

  #remove(place: Buffer): void {
    void this.#heads.remove(place);
    void this.#values.remove(place);
  }

  #toState(place: Buffer, { key, partition, position }: Head): RowState {
    return { key, partition, position: parsePosition(position), value: this.#values.get(place) ?? null };
  }
}
