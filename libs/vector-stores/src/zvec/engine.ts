import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { requireCompatible } from "../collection-model.js";
import { StoreUnavailableError } from "../errors.js";
import { Catalog, folderName } from "./catalog.js";
import { Collection } from "./collection.js";
import type { ZvecSearch } from "./collection-search.js";
import { damaged, withItsCause } from "./failure.js";
import { lockDirectory, type DirectoryLock } from "./directory-lock.js";
import type { ZvecDocument, ZvecHit, ZvecPoint } from "./point.js";
import { ScrollOrder } from "../scroll-order.js";
import { settledCopy } from "./settled-copy.js";
import { merged, needsRebuild, type StoredCollection, type WantedCollection } from "./stored-collection.js";

export interface MetadataPage {
  readonly points: [id: string, metadata: string][];
  readonly next: string | null;
}

interface Rebuild {
  readonly stored: StoredCollection;
  readonly collection: Collection;
}

/** A zvec store's directory, opened. Calls block, but for `optimize` and what waits for it, so it lives in a worker thread: see worker.ts. */
export class ZvecEngine {
  readonly #directory: string;
  readonly #readOnly: boolean;
  readonly #lock: DirectoryLock;
  readonly #catalog: Catalog;
  readonly #open = new Map<string, Collection>();
  readonly #scrolls = new ScrollOrder();
  readonly #rebuilds = new Map<string, Rebuild>();
  readonly #builds = new Map<string, Promise<void>>();

  /** @throws when another process has the directory open, or its catalogue is damaged. */
  constructor(directory: string, options: { readonly readOnly: boolean }) {
    this.#directory = directory;
    this.#readOnly = options.readOnly;
    this.#lock = lockDirectory(directory, options);
    this.#catalog = Catalog.load(directory);
    if (options.readOnly) return;
    this.#catalog.ensureFile();
    for (const stored of this.#catalog.collections()) this.#removeOtherGenerations(stored);
  }

  list(): string[] {
    return this.#catalog.collections().map(({ name }) => name);
  }

  resolveAlias(alias: string): string | null {
    return this.#catalog.alias(alias) ?? null;
  }

  describe(name: string): StoredCollection | null {
    return this.#catalog.collection(name) ?? null;
  }

  /** @throws when there is no such collection. */
  stored(name: string): StoredCollection {
    const stored = this.#catalog.collection(name);
    if (stored) return stored;
    throw new Error(
      `The zvec store in ${this.#directory} has no collection ${name}: the vector-sink makes it when it starts with ` +
        `the index in freshet.yaml.`,
    );
  }

  /** Whether the collection has to be rebuilt to be what is wanted. */
  ensureCollection(wanted: WantedCollection): boolean {
    const stored = this.#catalog.collection(wanted.name);
    if (!stored) {
      this.#create({ ...wanted, generation: 0, primed: true });
      return false;
    }
    requireCompatible(stored, wanted);
    const next = merged(stored, wanted);
    if (needsRebuild(stored, next)) return true;
    if (!isDeepStrictEqual(stored, next)) this.#catalog.putCollection(next);
    return false;
  }

  /** Begins an empty collection that is to take the place of the one that is there; meanwhile that is only read. */
  startRebuild(wanted: WantedCollection): void {
    this.abandonRebuild(wanted.name);
    const stored = this.stored(wanted.name);
    const next = { ...merged(stored, wanted), generation: stored.generation + 1, primed: true };
    this.#rebuilds.set(next.name, { stored: next, collection: this.#createFiles(next) });
  }

  addRebuilt(name: string, documents: readonly ZvecDocument[], vectors: Float32Array): void {
    this.#rebuild(name).collection.upsert(documents, vectors);
  }

  /** What was copied takes the place of what was there, at once; its search index is built from then on. */
  finishRebuild(name: string): void {
    const { stored, collection } = this.#rebuild(name);
    const old = this.#collection(name);
    collection.syncAll();
    this.#catalog.putCollection(stored);
    this.#rebuilds.delete(name);
    this.#open.set(name, collection);
    this.#scrolls.forget(name);
    old.destroy();
  }

  abandonRebuild(name: string): void {
    this.#rebuilds.get(name)?.collection.destroy();
    this.#rebuilds.delete(name);
  }

  swapAlias(alias: string, name: string): void {
    this.stored(name);
    this.#catalog.setAlias(alias, name);
  }

  /** Waits for the search index that is being built: zvec would, and hold up all others meanwhile. */
  async drop(name: string): Promise<void> {
    const build = this.#builds.get(name);
    if (build) await build.catch(() => undefined);
    const stored = this.#catalog.collection(name);
    if (!stored) return;
    this.abandonRebuild(name);
    const open = this.#open.get(name);
    this.#catalog.removeCollection(name);
    this.#open.delete(name);
    this.#scrolls.forget(name);
    try {
      open?.destroy();
    } catch {
      // It is closed all the same; zvec fails where files of it are gone already.
    }
    rmSync(this.#path(stored), { recursive: true, force: true });
  }

  async upsert(name: string, documents: readonly ZvecDocument[], vectors: Float32Array): Promise<void> {
    (await this.#writable(name)).upsert(documents, vectors);
  }

  async replaceFields(name: string, documents: readonly ZvecDocument[]): Promise<void> {
    (await this.#writable(name)).replaceFields(documents);
  }

  async delete(name: string, ids: readonly string[]): Promise<void> {
    (await this.#writable(name)).delete(ids);
  }

  async deleteOlder(name: string, rows: string, position: string): Promise<void> {
    (await this.#writable(name)).deleteOlder(rows, position);
  }

  /** @throws when the collection's files were removed under way, so that nothing of it is acknowledged. */
  sync(name: string): void {
    const collection = this.#collection(name);
    try {
      collection.sync();
    } catch (error) {
      const path = this.#path(this.stored(name));
      throw existsSync(path) ? error : damaged(name, path, error);
    }
  }

  read(name: string, ids: readonly string[]): [id: string, metadata: string][] {
    return this.#collection(name).read(ids);
  }

  retrieve(name: string, ids: readonly string[]): ZvecPoint[] {
    return this.#collection(name).retrieve(ids);
  }

  search(name: string, request: ZvecSearch): ZvecHit[] {
    return this.#collection(name).search(request);
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

  indexed(name: string): number {
    return this.#collection(name).indexed();
  }

  /** Copies all files, while nothing changes them; what the collections have. */
  async copyTo(folder: string): Promise<{ name: string; points: number }[]> {
    const collections = this.list().map((name) => ({ name, points: this.count(name) }));
    // Whose lock it is doesn't matter to the copy.
    await settledCopy(this.#directory, folder, (path) => !/^(lock(\/|$)|backup\.json$)/.test(path));
    return collections;
  }

  /** Builds the search index of what isn't in it yet; returns at once when it is built or being built. */
  async optimize(name: string): Promise<void> {
    const collection = this.#collection(name);
    if (this.#builds.has(name) || collection.indexed() === 1) return;
    // See priming.ts. What isn't primed is rebuilt by `ensureCollection` first.
    if (!this.stored(name).primed || collection.count() === 0) return;
    const build = collection.optimize();
    this.#builds.set(name, build);
    try {
      await build;
      // Unless it was dropped meanwhile.
      if (this.#open.get(name) === collection) collection.syncAll();
    } finally {
      this.#builds.delete(name);
    }
  }

  /** Waits for the search index that is being built: zvec can't leave off. */
  close(): void {
    try {
      for (const name of this.#rebuilds.keys()) this.abandonRebuild(name);
      for (const collection of this.#open.values()) collection.close();
    } finally {
      this.#open.clear();
      this.#lock.release();
    }
  }

  #create(stored: StoredCollection): void {
    const collection = this.#createFiles(stored);
    collection.syncAll();
    this.#open.set(stored.name, collection);
    this.#catalog.putCollection(stored);
  }

  #createFiles(stored: StoredCollection): Collection {
    const path = this.#path(stored);
    // What the catalogue doesn't know was never used: a crash left it half made or half removed.
    if (existsSync(path)) rmSync(path, { recursive: true });
    return Collection.create(path, stored);
  }

  #collection(name: string): Collection {
    const open = this.#open.get(name);
    if (open) return open;
    const stored = this.stored(name);
    const path = this.#path(stored);
    try {
      const collection = Collection.open(path, stored, { readOnly: this.#readOnly });
      this.#open.set(name, collection);
      return collection;
    } catch (error) {
      const cause = withItsCause(error, this.#directory);
      throw cause === error ? damaged(name, path, error) : cause;
    }
  }

  /** A write waits for the search index that is being built: a delete beside that damages other points' vectors. */
  async #writable(name: string): Promise<Collection> {
    await this.#builds.get(name)?.catch(() => undefined);
    if (!this.#rebuilds.has(name)) return this.#collection(name);
    throw new StoreUnavailableError(`The collection ${name} is being rebuilt, and takes writes again when it is done.`);
  }

  #rebuild(name: string): Rebuild {
    const rebuild = this.#rebuilds.get(name);
    if (!rebuild) throw new Error(`The collection ${name} isn't being rebuilt any more: it was dropped meanwhile.`);
    return rebuild;
  }

  #path(stored: StoredCollection): string {
    return join(this.#directory, folderName(stored));
  }

  /** A crash in a rebuild left them: before it ended the new one, after it the old one. */
  #removeOtherGenerations(stored: StoredCollection): void {
    const current = folderName(stored);
    const first = folderName({ ...stored, generation: 0 });
    for (const folder of readdirSync(this.#directory)) {
      const isGeneration =
        folder === first || /^\.\d+$/.test(folder.startsWith(first) ? folder.slice(first.length) : "");
      if (isGeneration && folder !== current) rmSync(join(this.#directory, folder), { recursive: true });
    }
  }
}
