import { parentPort, workerData } from "node:worker_threads";
import { openEmbeddingCache } from "../open-cache.js";
import { embeddingOf, hashOf } from "./known-texts.js";

/** What a process or a thread that fills a cache is told. */
export interface WriterOrders {
  readonly folder: string;
  readonly maxBytes: number;
  /** Sets this writer's texts apart from the others'. */
  readonly name: string;
  /** Of 16 entries each. */
  readonly puts: number;
}

/** Puts, looks at what it has put before, and tells after each put how many entries are kept, and any trouble. */
async function work(orders: WriterOrders, tell: (news: number | string) => void): Promise<void> {
  const { folder, maxBytes, name, puts } = orders;
  const cache = await openEmbeddingCache({ folder, maxBytes, onTrouble: tell, onEvicted: () => undefined });
  for (let put = 0; put < puts; put++) {
    const hashes = Array.from({ length: 16 }, (_, i) => hashOf(name, put * 16 + i));
    await cache.put(new Map(hashes.map((hash) => [hash, embeddingOf(hash)])));
    cache.get(Array.from({ length: 16 }, (_, i) => hashOf(name, Math.floor(put / 2) * 16 + i)));
    tell((put + 1) * 16);
  }
  await cache.close();
}

if (parentPort !== null) {
  const port = parentPort;
  await work(workerData as WriterOrders, (news) => port.postMessage(news));
} else if (process.send !== undefined) {
  await work(JSON.parse(process.argv[2] ?? "{}") as WriterOrders, (news) => process.send?.(news));
}
