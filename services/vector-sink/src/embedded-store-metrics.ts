import { within } from "@freshet/streaming/within";
import { isEmbedded, type CollectionSize } from "@freshet/vector-stores/embedded-store";
import type { VectorStore } from "@freshet/vector-stores/vector-store";
import { Gauge, type Registry } from "prom-client";

/** A store that is busy for longer keeps the values that it had. */
const PATIENCE_MS = 2_000;

interface StoreSize extends CollectionSize {
  readonly store: string;
}

/** Of each collection of the stores whose files are this process's, asked for when somebody looks. */
export function addEmbeddedStoreMetrics(registry: Registry, stores: ReadonlyMap<string, VectorStore>): void {
  if (![...stores.values()].some(isEmbedded)) return;
  let asked: Promise<StoreSize[] | undefined> | undefined;
  const sizes = () =>
    (asked ??= within(PATIENCE_MS, sizesOf(stores))
      // One that was closed meanwhile has none.
      .catch(() => undefined)
      .finally(() => (asked = undefined)));
  const gauge = (name: string, help: string, value: (size: StoreSize) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["store", "collection"],
      registers: [registry],
      async collect() {
        const found = await sizes();
        if (!found) return;
        this.reset();
        for (const size of found) this.set({ store: size.store, collection: size.name }, value(size));
      },
    });
  gauge("freshet_zvec_documents", "Points in a collection", ({ points }) => points);
  gauge("freshet_zvec_disk_bytes", "What a collection's files take on the disk", ({ bytes }) => bytes);
  gauge(
    "freshet_zvec_indexed_ratio",
    "The share of a collection's points that its search index holds; the others are compared one by one",
    ({ indexed }) => indexed,
  );
}

async function sizesOf(stores: ReadonlyMap<string, VectorStore>): Promise<StoreSize[]> {
  const found = [...stores].map(async ([store, opened]) =>
    isEmbedded(opened) ? (await opened.files.sizes()).map((size) => ({ ...size, store })) : [],
  );
  return (await Promise.all(found)).flat();
}
