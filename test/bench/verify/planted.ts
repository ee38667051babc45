import { randomSource } from "@freshet/local-stack/random";
import { pointId } from "@freshet/vector-stores/point-id";
import type { Point, PointDelete, VectorStore } from "@freshet/vector-stores/vector-store";
import { pointOf } from "./index-load.js";
import { INDEX } from "./source-table.js";

const OTHER_HASH = "f".repeat(64);
const SEED = 7;

export type Counts = Readonly<Record<"missing" | "stale" | "superfluous" | "orphaned", number>>;

/**
 * Makes as many rows of the index wrong, spread over it, the same number in each of four ways but for a rest of the first ones.
 *
 * @param rows how many the table has. @param from how many are wrong already.
 */
export async function plant(
  store: VectorStore,
  { rows, from, to }: { readonly rows: number; readonly from: number; readonly to: number },
): Promise<Counts> {
  const random = randomSource(SEED);
  const step = Math.floor(rows / to);
  const upserts: Point[] = [];
  const deletes: PointDelete[] = [];
  for (let place = from; place < to; place += 1) {
    // Behind those that are wrong already, which lie at multiples of another step.
    const key = `{"id":${(place - from) * step + Math.floor(step / 2) + (from === 0 ? 0 : 1)}}`;
    switch (place % 4) {
      case 0:
        deletes.push({ id: pointId(INDEX, key, 0), position: null });
        break;
      case 1:
        upserts.push(pointOf(key, OTHER_HASH, random));
        break;
      case 2: {
        const twin = pointOf(key, OTHER_HASH, random);
        upserts.push({ ...twin, id: pointId(INDEX, key, 1), metadata: { ...twin.metadata, chunk: 1 } });
        break;
      }
      default:
        upserts.push(pointOf(`{"id":${-1 - place}}`, OTHER_HASH, random));
    }
  }
  await store.apply(INDEX, { upserts, payloads: [], deletes }, () => undefined);
  const share = (kind: number) => Math.floor((to + 3 - kind) / 4);
  return { missing: share(0), stale: share(1), superfluous: share(2), orphaned: share(3) };
}
