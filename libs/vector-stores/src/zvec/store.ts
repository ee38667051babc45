import { InputRefusedError } from "../errors.js";
import { narrowed } from "../narrowed-hits.js";
import { refuseVectors } from "../refused-vectors.js";
import { slices } from "../slices.js";
import type {
  BeforeWrite,
  CollectionSpec,
  Point,
  PointMetadata,
  ScrollPage,
  SearchHit,
  SearchRequest,
  StoreBatch,
  StoreCapabilities,
  VectorStore,
} from "../vector-store.js";
import { rowsToken, sortablePosition } from "./filter.js";
import { toDocument, toHit, toMetadata } from "./point.js";
import { WorkerClient } from "./worker-client.js";

/** Under zvec's limit of 1,024, so that searches get their turn soon between the writes of a large batch. */
const DOCUMENTS_PER_CALL = 512;
/** No other process can have the files open, however long this one was frozen: a late write overtakes nothing. */
const NEVER_LATE_MS = 0;

/** @throws when another process has the directory open, or its catalogue is damaged. */
export async function openZvecStore(directory: string): Promise<VectorStore> {
  return new ZvecStore(await WorkerClient.open(directory));
}

/** zvec keeps a store in files of this process; it waits in a thread of its own. */
class ZvecStore implements VectorStore {
  readonly capabilities: StoreCapabilities = {
    versionGuard: false,
    singleProcess: true,
    atomicAliasSwap: true,
    // Its fields are laid down with the collection, before any row's columns are known.
    filters: false,
    namesRefused: true,
    deferredIndex: false,
  };
  readonly #worker: WorkerClient;
  #closed: Promise<void> | undefined;

  constructor(worker: WorkerClient) {
    this.#worker = worker;
  }

  resolveAlias(alias: string): Promise<string | null> {
    return this.#worker.call("resolveAlias", [alias]);
  }

  describe(collection: string): Promise<CollectionSpec | null> {
    return this.#worker.call("describe", [collection]);
  }

  ensureCollection(spec: CollectionSpec): Promise<void> {
    return this.#worker.call("ensureCollection", [spec]);
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

  async apply(collection: string, batch: StoreBatch, beforeWrite: BeforeWrite): Promise<void> {
    if (batch.upserts.length > 0) {
      const spec = await this.describe(collection);
      if (spec) refuseVectors(batch.upserts, spec.model.dimensions);
    }
    for (const points of slices(batch.upserts, DOCUMENTS_PER_CALL)) {
      beforeWrite(NEVER_LATE_MS);
      const vectors = pack(points);
      await this.#worker.call("upsert", [collection, points.map(toDocument), vectors], [vectors.buffer]);
    }
    for (const points of slices(batch.payloads, DOCUMENTS_PER_CALL)) {
      beforeWrite(NEVER_LATE_MS);
      await this.#worker.call("replaceFields", [collection, points.map(toDocument)]);
    }
    for (const points of slices(batch.deletes, DOCUMENTS_PER_CALL)) {
      beforeWrite(NEVER_LATE_MS);
      await this.#worker.call("delete", [collection, points.map(({ id }) => id)]);
    }
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
    if (request.filter) throw new InputRefusedError("zvec can't filter by a row's columns; search without a filter.");
    const hits = await this.#worker.call("search", [collection, request.vector, request.k]);
    return narrowed(hits.map(toHit), request);
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

  finishLoad(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#worker.call("close", []));
  }
}

/** One buffer, which moves to the thread without a copy. All vectors have one length. */
function pack(points: readonly Point[]): Float32Array<ArrayBuffer> {
  const size = points[0]?.vector.length ?? 0;
  const vectors = new Float32Array(points.length * size);
  for (const [place, { vector }] of points.entries()) vectors.set(vector, place * size);
  return vectors;
}
