import { sameModel, type ModelIdentity } from "@freshet/schemas/embedded-document";
import { StoreUnavailableError } from "@freshet/vector-stores/errors";
import type { BeforeWrite, VectorStore } from "@freshet/vector-stores/vector-store";
import type { IndexCollection } from "./index-collection.js";
import type { RowChange } from "./plan/newest-change.js";
import { LARGEST_PIECE, largerPiece, smallerPiece } from "./plan/piece-size.js";
import { pieces } from "./plan/pieces.js";
import { plan } from "./plan/plan.js";
import type { RowOutcome } from "./plan/row-outcome.js";
import { storedChunks, type StoredMetadata } from "./plan/stored-rows.js";
import { readStored } from "./read-stored.js";

export interface RowWriterOptions {
  readonly index: string;
  readonly store: VectorStore;
  readonly collection: IndexCollection;
}

export interface RowWrite {
  readonly beforeWrite: BeforeWrite;
  /** Called for each row before it is written. */
  readonly onPlanned: (outcome: RowOutcome) => void;
}

interface Piece extends RowWrite {
  readonly collection: string | undefined;
  readonly stored: StoredMetadata;
  /** At most. */
  readonly points: number;
}

/** Reads what is stored of rows, and writes what they change; in pieces, so that no batch is too much for a store. */
export class RowWriter {
  readonly #options: RowWriterOptions;
  #pieceSize = LARGEST_PIECE;

  constructor(options: RowWriterOptions) {
    this.#options = options;
  }

  /** @param changes one for each row. */
  async write(changes: readonly RowChange[], write: RowWrite): Promise<void> {
    const collection = await this.#collectionFor(changes);
    for (const piece of pieces(changes, ({ ids }) => ids.length, this.#pieceSize)) {
      const stored: StoredMetadata = collection === undefined ? new Map() : await this.#read(piece, collection);
      // A stored row may have more points than the new one.
      const chunksOf = storedChunks(piece, stored);
      const sizeOf = (change: RowChange) => Math.max(change.ids.length, chunksOf(change));
      for (const some of pieces(piece, sizeOf, this.#pieceSize)) {
        const points = some.reduce((sum, change) => sum + sizeOf(change), 0);
        await this.#writePiece(some, { ...write, collection, stored, points });
      }
    }
  }

  /** @returns its name; undefined when there is none, and nothing that needs one. */
  async #collectionFor(changes: readonly RowChange[]): Promise<string | undefined> {
    const { collection } = this.#options;
    let found = await collection.find();
    let model: ModelIdentity | undefined;
    for (const { value } of changes) {
      if (value.op !== "upsert" || value.chunks.length === 0) continue;
      // Nearly always the same, and an await for each row costs.
      if (model && sameModel(model, value.model)) continue;
      model = value.model;
      found = await collection.findOrMake(model);
    }
    return found?.name;
  }

  #read(changes: readonly RowChange[], collection: string): Promise<StoredMetadata> {
    const points = changes.reduce((sum, { ids }) => sum + ids.length, 0);
    return this.#inTime(points, () => readStored(changes, { ...this.#options, collection }));
  }

  async #writePiece(changes: readonly RowChange[], piece: Piece): Promise<void> {
    const { index, store } = this.#options;
    const { collection, stored, points, beforeWrite, onPlanned } = piece;
    const { steps, outcomes } = plan({ index, changes, stored, now: Date.now() });
    for (const outcome of outcomes) onPlanned(outcome);
    if (collection === undefined) return;
    await this.#inTime(points, async () => {
      for (const step of steps) await store.apply(collection, step, beforeWrite);
    });
    this.#pieceSize = largerPiece(this.#pieceSize);
  }

  /** What a store doesn't do in time is less at the next attempt. */
  async #inTime<T>(points: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreUnavailableError) this.#pieceSize = smallerPiece(points);
      throw error;
    }
  }
}
