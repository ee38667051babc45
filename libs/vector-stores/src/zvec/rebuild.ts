import type { MetadataPage } from "./engine.js";
import type { WantedCollection } from "./stored-collection.js";
import { pack } from "./packed-vectors.js";
import { toDocument, toPoint, type DocumentOptions } from "./point.js";
import type { WorkerClient } from "./worker-client.js";

/**
 * Makes a collection what is wanted by a copy of its points: zvec adds no fields of text and changes no index. Searches
 * go on over what was there until the copy takes its place at once; a process that is killed leaves what was there.
 */
export async function rebuild(
  worker: WorkerClient,
  wanted: WantedCollection,
  { pageSize, ...options }: DocumentOptions & { readonly pageSize: number },
): Promise<void> {
  const { name } = wanted;
  await worker.call("startRebuild", [wanted]);
  try {
    let after: string | null = null;
    do {
      const page: MetadataPage = await worker.call("scroll", [name, pageSize, after]);
      const ids = page.points.map(([id]) => id);
      const points = (await worker.call("retrieve", [name, ids])).map(toPoint);
      const vectors = pack(points);
      const documents = points.map((point) => toDocument(point, options));
      await worker.call("addRebuilt", [name, documents, vectors], [vectors.buffer]);
      after = page.next;
    } while (after !== null);
    await worker.call("finishRebuild", [name]);
  } catch (error) {
    await worker.call("abandonRebuild", [name]);
    throw error;
  }
}
