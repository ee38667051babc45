import { randomSource } from "@freshet/local-stack/random";
import { TableRows } from "@freshet/admin/verify/table-rows";
import { BUCKETS } from "@freshet/vector-stores/row-digest";
import { pointId } from "@freshet/vector-stores/point-id";
import { slices } from "@freshet/vector-stores/slices";
import type { Point, VectorStore } from "@freshet/vector-stores/vector-store";
import { describeTable, INDEX } from "./source-table.js";

export const DIMENSIONS = 32;
const SEED = 20_260_101;
const POINTS_PER_APPLY = 1_000;
const HASH_OF_TEXT = "0".repeat(64);

/** A point for each row of the table, with its hash; the graph of neighbours isn't built. */
export async function loadIndex(store: VectorStore, url: string, onPoints: (points: number) => void): Promise<void> {
  const model = { name: "bench/model", revision: "1", dtype: "fp32", dimensions: DIMENSIONS };
  await store.ensureCollection({
    name: INDEX,
    model,
    distance: "cosine",
    features: { fields: {}, tenant: null, hybrid: false },
    origin: null,
  });
  const { table, rules } = describeTable();
  const random = randomSource(SEED);
  const source = await TableRows.open({
    address: { connectionString: url, applicationName: "bench" },
    source: table,
    rules,
  });
  let loaded = 0;
  try {
    for await (const rows of source.rowsIn(Array.from({ length: BUCKETS }, (_, bucket) => bucket))) {
      for (const some of slices(rows, POINTS_PER_APPLY)) {
        const upserts = some.map(({ key, rowHash }) => pointOf(key, rowHash, random));
        await store.apply(INDEX, { upserts, payloads: [], deletes: [] }, () => undefined);
      }
      onPoints((loaded += rows.length));
    }
  } finally {
    await source.close();
  }
}

export function pointOf(key: string, rowHash: string, random: () => number): Point {
  return {
    id: pointId(INDEX, key, 0),
    vector: Float32Array.from({ length: DIMENSIONS }, () => random() - 0.5),
    text: `The row ${key}`,
    payload: {},
    metadata: {
      ...{ index: INDEX, table: "public.shelf_rows", key, chunk: 0, chunks: 1, partition: 0, rowHash },
      ...{ textHash: HASH_OF_TEXT, position: { epoch: 1, commitLsn: 1n, seq: 0 }, committedAt: 0, indexedAt: 0 },
    },
  };
}
