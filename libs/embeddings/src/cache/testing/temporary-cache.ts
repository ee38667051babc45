import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openEmbeddingCache } from "../open-cache.js";

/** A folder that goes with the test; closed before that what it opened. */
export async function temporaryCache(maxBytes: number, name = "cache") {
  const parent = await mkdtemp(join(tmpdir(), "freshet-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  const folder = join(parent, name);
  const troubles: string[] = [];
  const evicted: number[] = [];
  const open = async (bytes = maxBytes) => {
    const cache = await openEmbeddingCache({
      folder,
      maxBytes: bytes,
      onTrouble: (sentence) => troubles.push(sentence),
      onEvicted: (entries) => evicted.push(entries),
    });
    onTestFinished(() => cache.close());
    return cache;
  };
  return { folder, file: join(folder, "embeddings-1.mdb"), open, troubles, evicted };
}
