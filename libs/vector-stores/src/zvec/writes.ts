import { slices } from "../slices.js";
import type { BeforeWrite, PayloadUpdate, StoreBatch } from "../vector-store.js";
import { pack } from "./packed-vectors.js";
import { toDocument, type DocumentOptions } from "./point.js";
import type { WorkerClient } from "./worker-client.js";

/** Under zvec's limit of 1,024, so that searches get their turn soon between the writes of a large batch. */
export const DOCUMENTS_PER_CALL = 512;
/** No other process can have the files open, however long this one was frozen: a late write overtakes nothing. */
export const NEVER_LATE_MS = 0;

/** A batch as calls of the thread, each of which is made ready when it is its turn. */
export function* writes(
  worker: WorkerClient,
  collection: string,
  {
    batch,
    options,
    beforeWrite,
  }: { readonly batch: StoreBatch; readonly options: DocumentOptions; readonly beforeWrite: BeforeWrite },
): Generator<() => Promise<void>> {
  const documentsOf = (points: readonly PayloadUpdate[]) => points.map((point) => toDocument(point, options));
  for (const points of slices(batch.upserts, DOCUMENTS_PER_CALL)) {
    yield () => {
      const documents = documentsOf(points);
      const vectors = pack(points);
      beforeWrite(NEVER_LATE_MS);
      return worker.call("upsert", [collection, documents, vectors], [vectors.buffer]);
    };
  }
  for (const points of slices(batch.payloads, DOCUMENTS_PER_CALL)) {
    yield () => {
      const documents = documentsOf(points);
      beforeWrite(NEVER_LATE_MS);
      return worker.call("replaceFields", [collection, documents]);
    };
  }
  for (const points of slices(batch.deletes, DOCUMENTS_PER_CALL)) {
    yield () => {
      beforeWrite(NEVER_LATE_MS);
      return worker.call("delete", [collection, points.map(({ id }) => id)]);
    };
  }
}
