import type { PayloadUpdate, Point, PointDelete, StoreBatch } from "@freshet/vector-stores/vector-store";

/**
 * What a batch writes, in three steps, each durable before the next begins.
 *
 * A row's chunk 0 says how many chunks the row has, and that is all that a later delivery knows of them. So it must
 * never say less than what lies in the store, wherever a crash falls: it is written first when the row grows, and last
 * when the row shrinks or goes.
 */
export class WriteSteps {
  readonly #first = new Step();
  readonly #rest = new Step();
  readonly #last = new Step();

  /**
   * @param points all of the new row, chunk 0 first.
   * @param superfluous the stored row's chunks that the new one hasn't.
   */
  replace([head, ...others]: readonly Point[], superfluous: readonly PointDelete[]): void {
    if (head) (superfluous.length > 0 ? this.#last : this.#first).upserts.push(head);
    this.#rest.upserts.push(...others);
    this.#rest.deletes.push(...superfluous);
  }

  updatePayloads(updates: readonly PayloadUpdate[]): void {
    this.#first.payloads.push(...updates);
  }

  /** @param points all of the stored row, chunk 0 first. */
  delete([head, ...others]: readonly PointDelete[]): void {
    if (head) (others.length > 0 ? this.#last : this.#first).deletes.push(head);
    this.#rest.deletes.push(...others);
  }

  /** Those that write anything. */
  steps(): StoreBatch[] {
    return [this.#first, this.#rest, this.#last].filter((step) => !step.isEmpty);
  }
}

class Step implements StoreBatch {
  readonly upserts: Point[] = [];
  readonly payloads: PayloadUpdate[] = [];
  readonly deletes: PointDelete[] = [];

  get isEmpty(): boolean {
    return this.upserts.length + this.payloads.length + this.deletes.length === 0;
  }
}
