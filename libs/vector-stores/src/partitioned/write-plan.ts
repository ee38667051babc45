import { isOlder } from "@freshet/schemas/position";
import type { JsonObject } from "@freshet/schemas/lossless-json";
import { newest } from "./copies.js";
import type { PayloadUpdate, Point, PointDelete, PointMetadata, StoreBatch } from "../vector-store.js";

/** One of the collections that have a point. A crash, or a writer that was late, may leave it in more than one. */
export interface Copy {
  readonly collection: string;
  readonly metadata: PointMetadata;
}

export interface WritePlanInput {
  readonly batch: StoreBatch;
  /** By the point's id. */
  readonly copies: ReadonlyMap<string, readonly Copy[]>;
  /** The collection that is to have a point. */
  readonly collectionFor: (payload: JsonObject) => string;
}

/** A payload update that takes its point to another collection: the vector has to come along. */
export interface Move {
  readonly from: string;
  readonly update: PayloadUpdate;
}

/** Beside what a batch has of its own, points that come from other collections. */
export interface CollectionWrites extends StoreBatch {
  readonly moves: readonly Move[];
}

class Writes implements CollectionWrites {
  readonly upserts: Point[] = [];
  readonly moves: Move[] = [];
  readonly payloads: PayloadUpdate[] = [];
  readonly deletes: PointDelete[] = [];
}

/** What each collection is to write. */
export class WritePlan {
  readonly #writes = new Map<string, Writes>();
  readonly #removals = new Map<string, PointDelete[]>();

  constructor({ batch, copies, collectionFor }: WritePlanInput) {
    for (const point of batch.upserts) {
      const found = copies.get(point.id) ?? [];
      if (this.#isStale(point, found)) continue;
      const target = collectionFor(point.payload);
      this.#to(target).upserts.push(point);
      this.#removeOthers(point, target, found);
    }
    for (const update of batch.payloads) {
      const found = copies.get(update.id) ?? [];
      if (found.length === 0 || this.#isStale(update, found)) continue;
      const target = collectionFor(update.payload);
      const { collection: from } = vectorSource(update, target, found);
      if (from === target) this.#to(target).payloads.push(update);
      else this.#to(target).moves.push({ from, update });
      this.#removeOthers(update, target, found);
    }
    for (const deletion of batch.deletes) {
      for (const { collection, metadata } of copies.get(deletion.id) ?? []) {
        if (deletion.position && isOlder(deletion.position, metadata.position)) continue;
        this.#to(collection).deletes.push(deletion);
      }
    }
  }

  get writes(): ReadonlyMap<string, CollectionWrites> {
    return this.#writes;
  }

  /** What is superfluous when the writes are durable: so a point is never nowhere. */
  get removals(): ReadonlyMap<string, readonly PointDelete[]> {
    return this.#removals;
  }

  #to(collection: string): Writes {
    const known = this.#writes.get(collection);
    if (known) return known;
    const made = new Writes();
    this.#writes.set(collection, made);
    return made;
  }

  #isStale({ metadata: { position } }: PayloadUpdate, found: readonly Copy[]): boolean {
    return found.some(({ metadata }) => isOlder(position, metadata.position));
  }

  #removeOthers({ id, metadata: { position } }: PayloadUpdate, target: string, found: readonly Copy[]): void {
    for (const { collection } of found) if (collection !== target) this.#remove(collection, { id, position });
  }

  #remove(collection: string, deletion: PointDelete): void {
    const known = this.#removals.get(collection);
    if (known) known.push(deletion);
    else this.#removals.set(collection, [deletion]);
  }
}

/** The copy whose vector is the update's: of its text, and rather where it is to stay. */
function vectorSource({ metadata: { textHash } }: PayloadUpdate, target: string, found: readonly Copy[]): Copy {
  const ofText = found.filter(({ metadata }) => metadata.textHash === textHash);
  const sources = ofText.length > 0 ? ofText : found;
  return sources.find(({ collection }) => collection === target) ?? sources.reduce(newest);
}
