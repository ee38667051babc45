import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addTableRows, type TableRows } from "@freshet/schemas/row-counts";
import { FatalError, RetriableError } from "@freshet/streaming/errors";
import { InputRefusedError, StoreUnavailableError } from "@freshet/vector-stores/errors";
import type { StoreBatch } from "@freshet/vector-stores/vector-store";
import { openZvecStore } from "@freshet/vector-stores/zvec/store";
import { Registry } from "prom-client";
import { expect, it, onTestFinished } from "vitest";
import { SinkMetrics } from "./sink-metrics.js";
import { StoreSink } from "./store-sink.js";
import { context, rowMessage } from "./testing/messages.js";

const OUT_OF_TIME = new StoreUnavailableError("out of time");

interface Slowness {
  readonly before?: (batch: StoreBatch) => boolean;
  readonly behind?: () => boolean;
  readonly reading?: (ids: readonly string[]) => boolean;
  readonly refusing?: "ensureCollection" | "swapAlias";
}

/** A real store whose reads or writes fail, writes also behind the call, as one that is out of time may. */
async function openSink({ before, behind, reading, refusing }: Slowness) {
  const directory = await mkdtemp(join(tmpdir(), "freshet-sink-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const store = await openZvecStore({ directory });
  onTestFinished(() => store.close());
  const apply = store.apply.bind(store);
  store.apply = async (collection, batch, beforeWrite) => {
    if (before?.(batch)) throw OUT_OF_TIME;
    await apply(collection, batch, beforeWrite);
    if (behind?.()) throw OUT_OF_TIME;
  };
  const read = store.read.bind(store);
  store.read = (collection, ids) => (reading?.(ids) ? Promise.reject(OUT_OF_TIME) : read(collection, ids));
  if (refusing !== undefined) store[refusing] = () => Promise.reject(new InputRefusedError("It has no words."));
  let counted: TableRows = {};
  const sink = new StoreSink({
    ...{ index: "library", storeName: "main", store, metrics: new SinkMetrics(new Registry()) },
    onApplied: () => undefined,
    onRows: (_, tables) => (counted = addTableRows(counted, tables)),
  });
  const size = async () => store.count((await store.resolveAlias("library")) ?? "");
  return { sink, size, counted: () => counted["public.books"] };
}

it.each(["ensureCollection", "swapAlias"] as const)(
  "ends when %s is refused, and gives up no row for it",
  async (refusing) => {
    const { sink } = await openSink({ refusing });
    await expect(sink.write([rowMessage(1, {})], context)).rejects.toThrow(
      new FatalError("Index library: It has no words."),
    );
  },
);

it("counts a row as what it was first, however often its batch is tried", async () => {
  let failures = 1;
  const { sink, counted } = await openSink({ behind: () => failures-- > 0 });
  const batch = [rowMessage(1, {}), rowMessage(2, {})];
  await expect(sink.write(batch, context)).rejects.toThrow(RetriableError);
  expect(counted()).toBeUndefined();
  await sink.write(batch, context);
  expect(counted()).toMatchObject({ created: 2, unchanged: 0 });
  await sink.write(batch, context);
  expect(counted()).toMatchObject({ created: 2, unchanged: 2 });
});

it.each<[string, Slowness]>([
  ["write", { before: ({ upserts }) => upserts.length > 100 }],
  ["read", { reading: (ids) => ids.length > 100 }],
])("gets a batch into a store that never ends so large a %s in time", async (_, slowness) => {
  const { sink, size, counted } = await openSink(slowness);
  const batch = Array.from({ length: 700 }, (_, id) => rowMessage(id + 1, {}));
  let attempts = 0;
  for (let isDone = false; !isDone; attempts += 1) {
    isDone = await sink.write(batch, context).then(
      () => true,
      () => false,
    );
    expect(attempts).toBeLessThan(12);
  }
  expect(await size()).toBe(700);
  expect(counted()).toMatchObject({ created: 700, unchanged: 0 });
});
