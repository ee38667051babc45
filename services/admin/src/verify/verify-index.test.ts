import type { PointLabels, SearchableStore } from "@freshet/vector-stores/vector-store";
import { labelSum } from "@freshet/vector-stores/label-sums";
import { rowDigest } from "@freshet/vector-stores/row-digest";
import { expect, it, vi } from "vitest";
import { BucketSums } from "./bucket-sums.js";
import { IndexRows } from "./index-rows.js";
import type { SourceRows } from "./source-rows.js";
import { verifyIndex } from "./verify-index.js";

const KEY = '{"id":1}';
const broken = (side: string) => new Error(`the ${side} is gone`);
const SUMS = [labelSum({ key: KEY, chunk: 0, chunks: 1, rowHash: "b" })];

/** Until it is closed. */
function pending(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(broken("reader")));
  });
}

function unused(): never {
  throw new Error("nobody asks for it");
}

/** Both sides, of which one fails at a step while the other one reads. */
function sidesOf(failing: "source" | "index", step: "sums" | "rowsIn") {
  const closing = new AbortController();
  const at = <T>(side: "source" | "index", some: typeof step, answer: T, signal: AbortSignal): Promise<T> => {
    if (step !== some) return Promise.resolve(answer);
    return side === failing ? Promise.reject(broken(side)) : pending(signal);
  };
  const sums = new BucketSums();
  sums.add(rowDigest(KEY, "a"));
  const source: SourceRows = {
    keysAtOnce: 1,
    estimateRows: () => Promise.resolve(null),
    sums: () => at("source", "sums", sums, closing.signal),
    async *rowsIn() {
      yield await at("source", "rowsIn", [], closing.signal);
    },
    ...{ all: unused, read: unused },
    close: () => {
      closing.abort();
      return Promise.resolve();
    },
  };
  const labels: PointLabels = {
    sums: (_, signal) => at("index", "sums", SUMS, signal),
    inBuckets: (_, _buckets, signal) => at("index", "rowsIn", [], signal),
  };
  const store: SearchableStore = {
    labels,
    ...{ check: unused, list: unused, resolveAlias: unused, describe: unused, search: unused },
    ...{ scroll: unused, count: unused, retrieve: unused, close: unused },
  };
  return { source, index: new IndexRows({ store, index: "books", collection: "books" }) };
}

it.each([
  ["source", "sums"],
  ["index", "sums"],
  ["source", "rowsIn"],
  ["index", "rowsIn"],
] as const)("ends with what the %s's %s failed with, while the other side reads", async (failing, step) => {
  const { source, index } = sidesOf(failing, step);
  const onUnhandled = vi.fn();
  process.on("unhandledRejection", onUnhandled);
  try {
    const looking = verifyIndex({
      ...{ source, index, deep: null, repair: null },
      passed: () => Promise.resolve(),
      onProgress: () => undefined,
    });
    await expect(looking).rejects.toThrow(broken(failing).message);
    await source.close();
    await index.close();
    // Node tells of them when all microtasks are done.
    await new Promise((resolve) => setImmediate(resolve));
    expect(onUnhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
});
