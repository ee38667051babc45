import { loadBm25, type Bm25 } from "../bm25/bm25.js";
import type { Language } from "../bm25/language.js";
import type { CollectionSpec } from "../collection-spec.js";
import { InputRefusedError } from "../errors.js";
import { narrowed } from "../narrowed-hits.js";
import type { EmbeddedStore, StoreFiles } from "../embedded-store.js";
import { refuseVectors } from "../refused-vectors.js";
import { runInFlight } from "../in-flight.js";
import { slices } from "../slices.js";
import type {
  BeforeWrite,
  Point,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { rowsToken, sortablePosition } from "./expression.js";
import { indexSettings, type IndexOptions } from "./index-settings.js";
import { toMetadata, toPoint, type DocumentOptions } from "./point.js";
import { rebuild } from "./rebuild.js";
import { searchExactly } from "./search.js";
import { prepareDirectory } from "./store-directory.js";
import { ZvecFiles } from "./store-files.js";
import type { StoredCollection } from "./stored-collection.js";
import { untilAborted } from "./until-aborted.js";
import { WorkerClient } from "./worker-client.js";
import { DOCUMENTS_PER_CALL, NEVER_LATE_MS, writes } from "./writes.js";

/** While the thread writes one, the next is made ready. */
const CALLS_IN_FLIGHT = 2;

export interface ZvecOptions extends IndexOptions {
  readonly directory: string;
  /** Of the texts, for hybrid collections: english when absent. */
  readonly language?: Language | undefined;
  /** A backup, or the store of a sink that was stopped; others may read it at the same time. */
  readonly readOnly?: boolean | undefined;
}

/** @throws when the directory can't be written, another process has it open, or its catalogue is damaged. */
export async function openZvecStore(options: ZvecOptions): Promise<EmbeddedStore> {
  const { directory, readOnly = false } = options;
  if (!readOnly) prepareDirectory(directory);
  return new ZvecStore(await WorkerClient.open({ directory, readOnly }), options);
}

/** zvec keeps a store in files of this process; it waits in a thread of its own. */
class ZvecStore implements EmbeddedStore {
  readonly capabilities: StoreCapabilities = {
    versionGuard: false,
    singleProcess: true,
    atomicAliasSwap: true,
    filters: true,
    // Its fields are laid down with the collection.
    anyField: false,
    listRanges: true,
    hybrid: true,
    namesRefused: true,
    deferredIndex: true,
  };
  readonly files: StoreFiles;
  readonly #worker: WorkerClient;
  readonly #options: ZvecOptions;
  readonly #bm25 = new Map<Language, Promise<Bm25>>();
  #closed: Promise<void> | undefined;

  constructor(worker: WorkerClient, options: ZvecOptions) {
    this.files = new ZvecFiles(worker, options.directory);
    this.#worker = worker;
    this.#options = options;
  }

  async check(): Promise<string> {
    return `zvec has ${(await this.list()).length} collections in ${this.#options.directory}.`;
  }

  list(): Promise<string[]> {
    return this.#worker.call("list", []);
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#worker.call("resolveAlias", [alias]);
  }

  async describe(collection: string): Promise<CollectionSpec | null> {
    const stored = await this.#worker.call("describe", [collection]);
    if (!stored) return null;
    const { name, model, distance, features, origin } = stored;
    return { name, model, distance, features, origin };
  }

  /** A collection that has other fields or settings is rebuilt from its own points. */
  async ensureCollection(spec: CollectionSpec): Promise<void> {
    const { language = "english" } = this.#options;
    const { name, features } = spec;
    const wanted = { ...spec, settings: indexSettings(this.#options), language };
    if (!(await this.#worker.call("ensureCollection", [wanted]))) return;
    const fields = { ...(await this.describe(name))?.features.fields, ...features.fields };
    const options = await this.#documentOptions({ features: { ...features, fields }, language });
    await rebuild(this.#worker, wanted, { ...options, pageSize: DOCUMENTS_PER_CALL });
  }

  swapAlias(alias: string, collection: string): Promise<void> {
    return this.#worker.call("swapAlias", [alias, collection]);
  }

  drop(collection: string): Promise<void> {
    return this.#worker.call("drop", [collection]);
  }

  async read(collection: string, ids: readonly string[]): Promise<Map<string, PointMetadata>> {
    const found = new Map<string, PointMetadata>();
    for (const some of slices(ids, DOCUMENTS_PER_CALL)) {
      for (const [id, metadata] of await this.#worker.call("read", [collection, some])) {
        found.set(id, toMetadata(metadata));
      }
    }
    return found;
  }

  async retrieve(collection: string, ids: readonly string[]): Promise<Map<string, Point>> {
    const found = new Map<string, Point>();
    for (const some of slices(ids, DOCUMENTS_PER_CALL)) {
      for (const point of await this.#worker.call("retrieve", [collection, some])) found.set(point.id, toPoint(point));
    }
    return found;
  }

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    const stored = await this.#worker.call("stored", [collection]);
    refuseVectors(batch.upserts, stored.model.dimensions);
    const options = await this.#documentOptions(stored);
    await runInFlight(CALLS_IN_FLIGHT, writes(this.#worker, collection, { batch, options, beforeWrite }));
    await this.#worker.call("sync", [collection]);
  }

  async deleteOlder(
    collection: string,
    rows: Parameters<VectorStore["deleteOlder"]>[1],
    beforeWrite: BeforeWrite,
  ): Promise<void> {
    beforeWrite(NEVER_LATE_MS);
    await this.#worker.call("deleteOlder", [collection, rowsToken(rows), sortablePosition(rows.position)]);
    await this.#worker.call("sync", [collection]);
  }

  async search(collection: string, request: SearchRequest): Promise<SearchHit[]> {
    const stored = await this.#worker.call("stored", [collection]);
    const { hnsw } = this.#options;
    const hits = await searchExactly({
      request,
      fields: stored.features.fields,
      terms: await this.#queryTerms(stored, request),
      ask: (asked) => this.#worker.call("search", [collection, { ...asked, efSearch: hnsw?.efSearch }]),
    });
    return narrowed(hits, request);
  }

  async scroll(collection: string, limit: number, after: string | null): Promise<ScrollPage> {
    const { points, next } = await this.#worker.call("scroll", [
      collection,
      Math.min(limit, DOCUMENTS_PER_CALL),
      after,
    ]);
    return { points: points.map(([id, metadata]) => ({ id, metadata: toMetadata(metadata) })), next };
  }

  count(collection: string): Promise<number> {
    return this.#worker.call("count", [collection]);
  }

  /** zvec can't leave off: after an abort it goes on by itself, and searches go on meanwhile as before. */
  async finishLoad(collection: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const built = this.#worker.call("optimize", [collection]);
    await (signal ? untilAborted(built, signal) : built);
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#worker.call("close", []));
  }

  async #queryTerms(
    { name, features, language }: StoredCollection,
    { text, threshold }: SearchRequest,
  ): Promise<readonly number[] | null> {
    if (text === undefined) return null;
    if (threshold !== undefined) {
      throw new InputRefusedError("With text, scores are of ranks: search without a threshold, or without text.");
    }
    if (features.hybrid) return (await this.#loadBm25(language)).query(text);
    throw new InputRefusedError(
      `The collection ${name} has no terms to search the text by: set hybrid: true for the index in freshet.yaml, ` +
        `under another name, or search by nearness alone.`,
    );
  }

  async #documentOptions({
    features,
    language,
  }: Pick<StoredCollection, "features" | "language">): Promise<DocumentOptions> {
    return { fields: features.fields, bm25: features.hybrid ? await this.#loadBm25(language) : null };
  }

  #loadBm25(language: Language): Promise<Bm25> {
    const loaded = this.#bm25.get(language) ?? loadBm25(language);
    this.#bm25.set(language, loaded);
    return loaded;
  }
}
