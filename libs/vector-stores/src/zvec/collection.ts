import { availableParallelism } from "node:os";
import { ZVecCreateAndOpen, ZVecOpen, type ZVecCollection, type ZVecDocInput } from "@zvec/zvec";
import { allDocuments } from "./all-documents.js";
import { CollectionSearch, type ZvecSearch } from "./collection-search.js";
import { check, contentOf, POINT_FIELDS, termsOf, textField, toInput, vectorOf } from "./document.js";
import { syncFiles } from "./durable-files.js";
import { hasId, olderThan } from "./expression.js";
import type { ZvecDocument, ZvecHit, ZvecPoint } from "./point.js";
import { prime } from "./priming.js";
import { TERMS, VECTOR, zvecSchema } from "./schema.js";
import type { StoredCollection } from "./stored-collection.js";
import { TermCounts } from "./term-counts.js";
import { WrittenIds } from "./written-ids.js";

/** One zvec collection. All calls block but `optimize`; zvec refuses more than 1,024 documents in one write. */
export class Collection {
  readonly #zvec: ZVecCollection;
  readonly #dimensions: number;
  readonly #counts = new TermCounts();
  readonly #search: CollectionSearch;
  /** Undefined where points may be that this process hasn't written. */
  readonly #written: WrittenIds | undefined;

  private constructor(zvec: ZVecCollection, { model, distance }: StoredCollection, written?: WrittenIds) {
    this.#zvec = zvec;
    this.#written = written;
    this.#dimensions = model.dimensions;
    this.#search = new CollectionSearch(zvec, { distance, counts: this.#counts });
  }

  static create(path: string, stored: StoredCollection): Collection {
    const zvec = ZVecCreateAndOpen(path, zvecSchema(stored));
    try {
      prime(zvec, stored);
    } catch (error) {
      zvec.destroySync();
      throw error;
    }
    return new Collection(zvec, stored, new WrittenIds());
  }

  static open(path: string, stored: StoredCollection, options: { readonly readOnly: boolean }): Collection {
    return new Collection(ZVecOpen(path, options), stored);
  }

  /** @param vectors the documents' vectors, one after the other. */
  upsert(documents: readonly ZvecDocument[], vectors: Float32Array): void {
    const size = this.#dimensions;
    const inputs = documents.map((document, place) =>
      toInput(document, vectors.subarray(place * size, (place + 1) * size)),
    );
    // Before it is tried: what fails may be written in part.
    for (const { id } of documents) this.#written?.add(id);
    this.#write(documents, inputs);
  }

  /**
   * Replaces all but the vectors, where the documents exist. zvec's own update reads its documents one by one, and each
   * that isn't in the search index in a time that grows with those.
   */
  replaceFields(documents: readonly ZvecDocument[]): void {
    const filter = hasId(documents.map(({ id }) => id));
    const found = this.#zvec.querySync({ filter, topk: documents.length, includeVector: true, outputFields: [] });
    const vectors = new Map(found.map((document) => [document.id, vectorOf(document)]));
    const present = documents.filter(({ id }) => vectors.has(id));
    const inputs = present.flatMap((document) => {
      const vector = vectors.get(document.id);
      return vector ? [toInput(document, vector)] : [];
    });
    if (inputs.length > 0) this.#write(present, inputs);
  }

  /** Ids that don't exist are passed over. */
  delete(ids: readonly string[]): void {
    this.#counting(ids, [], () =>
      check(this.#zvec.deleteSync([...ids]).filter(({ code }) => code !== "ZVEC_NOT_FOUND")),
    );
  }

  deleteOlder(rows: string, position: string): void {
    check([this.#zvec.deleteByFilterSync(olderThan(rows, position))]);
    this.#counts.forget();
  }

  /** The metadata of those that exist. */
  read(wanted: readonly string[]): [id: string, metadata: string][] {
    const written = this.#written;
    const ids = written ? wanted.filter((id) => written.mayHave(id)) : wanted;
    if (ids.length === 0) return [];
    const found = this.#zvec.querySync({ filter: hasId(ids), topk: ids.length, outputFields: ["metadata"] });
    return found.map((document) => [document.id, textField(document, "metadata")]);
  }

  retrieve(ids: readonly string[]): ZvecPoint[] {
    if (ids.length === 0) return [];
    const query = { filter: hasId(ids), topk: ids.length, includeVector: true, outputFields: POINT_FIELDS };
    return this.#zvec.querySync(query).map((document) => ({ ...contentOf(document), vector: vectorOf(document) }));
  }

  search(request: ZvecSearch): ZvecHit[] {
    return this.#search.search(request);
  }

  ids(): string[] {
    return Array.from(allDocuments(this.#zvec, []), ({ id }) => id);
  }

  count(): number {
    return this.#zvec.stats.docCount;
  }

  /** The share of the documents that the search index holds; the others are compared one by one. */
  indexed(): number {
    return this.#zvec.stats.indexCompleteness[VECTOR] ?? 1;
  }

  /**
   * Brings the search index up to date, and leaves out what was deleted. Nothing may be written meanwhile; only for a
   * collection that has documents, and was primed: see priming.ts.
   */
  async optimize(): Promise<void> {
    await this.#zvec.optimize({ concurrency: Math.max(1, availableParallelism() - 1) });
  }

  /** zvec hands each write to the operating system, so it outlives this process; its log is to outlive the power too. */
  sync(): void {
    syncFiles(this.#zvec.path, (name) => name.endsWith(".wal"));
  }

  syncAll(): void {
    syncFiles(this.#zvec.path, () => true);
  }

  close(): void {
    this.#zvec.closeSync();
  }

  destroy(): void {
    this.#zvec.destroySync();
  }

  #write(documents: readonly ZvecDocument[], inputs: ZVecDocInput[]): void {
    this.#counting(
      documents.map(({ id }) => id),
      documents.flatMap(({ terms }) => (terms ? [terms.ids] : [])),
      () => check(this.#zvec.upsertSync(inputs), documents),
    );
  }

  /** A write by which documents go and these terms come; where it fails nobody knows how far it came. */
  #counting(gone: readonly string[], come: readonly Iterable<number>[], write: () => void): void {
    const before = this.#counts.known
      ? this.#zvec.querySync({ filter: hasId(gone), topk: gone.length, outputFields: [TERMS] }).map(termsOf)
      : [];
    try {
      write();
    } catch (error) {
      this.#counts.forget();
      throw error;
    }
    this.#counts.remove(before);
    this.#counts.add(come);
  }
}
