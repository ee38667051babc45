import { chmodSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { requireSameVectors } from "../collection-model.js";
import type { CollectionSpec } from "../vector-store.js";
import { Catalog, folderName } from "./catalog.js";
import { Collection } from "./collection.js";
import { lockDirectory, type DirectoryLock } from "./directory-lock.js";
import type { ZvecDocument, ZvecHit } from "./point.js";
import { ScrollOrder } from "./scroll-order.js";

export interface MetadataPage {
  readonly points: [id: string, metadata: string][];
  readonly next: string | null;
}

/** A zvec store's directory, opened. All calls block, so it lives in a worker thread: see worker.ts. */
export class ZvecEngine {
  readonly #directory: string;
  readonly #lock: DirectoryLock;
  readonly #catalog: Catalog;
  readonly #open = new Map<string, Collection>();
  readonly #scrolls = new ScrollOrder();

  /** @throws when another process has the directory open, or its catalogue is damaged. */
  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
    this.#lock = lockDirectory(directory);
    this.#catalog = Catalog.load(directory);
  }

  resolveAlias(alias: string): string | null {
    return this.#catalog.alias(alias) ?? null;
  }

  describe(name: string): CollectionSpec | null {
    return this.#catalog.collection(name) ?? null;
  }

  ensureCollection(spec: CollectionSpec): void {
    const stored = this.#catalog.collection(spec.name);
    if (stored) {
      requireSameVectors(stored, spec);
      return;
    }
    const path = this.#path(spec.name);
    // What the catalogue doesn't know was never used: a crash left it half made or half removed.
    if (existsSync(path)) rmSync(path, { recursive: true });
    this.#open.set(spec.name, Collection.create(path, spec));
    this.#catalog.addCollection(spec);
  }

  swapAlias(alias: string, name: string): void {
    this.#spec(name);
    this.#catalog.setAlias(alias, name);
  }

  drop(name: string): void {
    if (!this.#catalog.collection(name)) return;
    const collection = this.#collection(name);
    this.#catalog.removeCollection(name);
    this.#open.delete(name);
    this.#scrolls.forget(name);
    collection.destroy();
  }

  upsert(name: string, documents: readonly ZvecDocument[], vectors: Float32Array): void {
    this.#collection(name).upsert(documents, vectors);
  }

  replaceFields(name: string, documents: readonly ZvecDocument[]): void {
    this.#collection(name).replaceFields(documents);
  }

  delete(name: string, ids: readonly string[]): void {
    this.#collection(name).delete(ids);
  }

  deleteOlder(name: string, rows: string, position: string): void {
    this.#collection(name).deleteOlder(rows, position);
  }

  sync(name: string): void {
    this.#collection(name).sync();
  }

  read(name: string, ids: readonly string[]): [id: string, metadata: string][] {
    return this.#collection(name).read(ids);
  }

  search(name: string, vector: Float32Array, k: number): ZvecHit[] {
    return this.#collection(name).search(vector, k);
  }

  scroll(name: string, limit: number, after: string | null): MetadataPage {
    const collection = this.#collection(name);
    const { ids, next } = this.#scrolls.page(name, limit, after, () => collection.ids());
    const found = new Map(collection.read(ids));
    return {
      points: ids.flatMap((id) => {
        const metadata = found.get(id);
        return metadata === undefined ? [] : [[id, metadata] satisfies [string, string]];
      }),
      next,
    };
  }

  count(name: string): number {
    return this.#collection(name).count();
  }

  close(): void {
    for (const collection of this.#open.values()) collection.close();
    this.#open.clear();
    this.#lock.release();
  }

  #collection(name: string): Collection {
    const open = this.#open.get(name);
    if (open) return open;
    const collection = Collection.open(this.#path(name), this.#spec(name));
    this.#open.set(name, collection);
    return collection;
  }

  #spec(name: string): CollectionSpec {
    const spec = this.#catalog.collection(name);
    if (!spec) throw new Error(`The zvec store in ${this.#directory} has no collection ${name}.`);
    return spec;
  }

  #path(name: string): string {
    return join(this.#directory, folderName(name));
  }
}
