import { openRemoteStore } from "@freshet/vector-stores/remote/store";
import type { Pipeline } from "../../support/pipeline.js";
import { until } from "../../support/until.js";

/**
 * Rows per second from an empty index to a complete one. The consumers run already and wait; the clock starts with
 * the producer's process and stops when the store counts every row.
 */
export async function measureBackfill(pipeline: Pipeline, rows: number): Promise<number> {
  const consumers = await Promise.all(
    (["embedding-transformer", "vector-sink", "search"] as const).map(async (name) => pipeline.start(name)),
  );
  const answering = consumers.map(async (service) =>
    until(async () => (await fetch(`${service.url}/health/live`)).ok, {
      what: `${service.name} answers`,
      timeoutMs: 60_000,
    }),
  );
  await Promise.all(answering);

  const store = openRemoteStore({ url: pipeline.storeUrl, store: "main" });
  const startedAt = performance.now();
  const producer = await pipeline.start("cdc-producer");
  const complete = async () => {
    if (!producer.running) throw new Error(`the producer ended:\n${producer.log}`);
    const collection = await store.resolveAlias(pipeline.name);
    return collection !== null && (await store.count(collection)) === rows;
  };
  await until(complete, { what: `the index holds ${rows} rows`, timeoutMs: 1_200_000, everyMs: 100 });
  const elapsedMs = performance.now() - startedAt;
  await store.close();
  return (rows / elapsedMs) * 1000;
}
