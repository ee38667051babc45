import { createLogger } from "@freshet/process/logger";
import { NO_FEATURES, type CollectionSpec } from "@freshet/vector-stores/collection-spec";
import { expect, it, onTestFinished, vi } from "vitest";
import { IndexBuild } from "./index-build.js";

const spec: CollectionSpec = {
  ...{ name: "books_1", distance: "cosine", features: NO_FEATURES, origin: null },
  model: { name: "m", revision: "1", dtype: "fp32", dimensions: 3 },
};

/** A store in which others write too, looked at every few ms. */
function startBuild(count: (look: number) => Promise<number>) {
  let looks = 0;
  const finishedAt: number[] = [];
  const build = new IndexBuild({
    ...{ index: "books", storeName: "main", windowMs: 2 },
    collection: { find: () => Promise.resolve(spec) },
    store: {
      capabilities: { deferredIndex: true },
      count: () => count((looks += 1)),
      finishLoad: () => Promise.resolve(void finishedAt.push(looks)),
    },
    logger: createLogger({ name: "test", level: "silent", pretty: false }),
  });
  const stop = new AbortController();
  const ended = build.run(stop.signal);
  onTestFinished(() => {
    stop.abort();
    return ended;
  });
  return { build, finishedAt };
}

it("waits until the index hardly grows, whoever makes it grow", async () => {
  const { finishedAt } = startBuild((look) => Promise.resolve(1000 * Math.min(look, 7)));
  await vi.waitFor(() => expect(finishedAt).toEqual([8]));
});

it("goes by what comes here where points can't be counted", async () => {
  const { build, finishedAt } = startBuild((look) => {
    if (look < 5) build.grew(100);
    return Promise.reject(new Error("out of time"));
  });
  build.grew(100);
  await vi.waitFor(() => expect(finishedAt).toEqual([6]));
});

it("waits no longer when a snapshot has just ended, but for one that ended long ago", async () => {
  const { build, finishedAt } = startBuild((look) => {
    if (look === 2) build.snapshotEnded(Date.now() - 3_600_000);
    if (look === 4) build.snapshotEnded(Date.now());
    return Promise.resolve(1000 * look);
  });
  await vi.waitFor(() => expect(finishedAt).toEqual([5]));
});
