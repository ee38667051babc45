import type { ScrollPage, SearchableStore } from "@freshet/vector-stores/vector-store";
import type { Client } from "pg";
import type { Counts } from "./planted.js";
import { HASHES, INDEX } from "./source-table.js";

const ROWS_PER_FETCH = 5_000;
const POINTS_PER_PAGE = 1_000;

/**
 * Has Postgres hash every row, keeps the hashes in a map, and then holds every point against it. The next rows and points
 * are read while some are looked at.
 */
export async function compareNaively(client: Client, store: SearchableStore): Promise<Counts> {
  const hashes = await readHashes(client);
  const superfluous = new Set<string>();
  let [stale, orphaned, seen] = [0, 0, 0];
  let coming: Promise<ScrollPage> | null = store.scroll(INDEX, POINTS_PER_PAGE, null);
  while (coming !== null) {
    const { points, next }: ScrollPage = await coming;
    coming = next === null ? null : store.scroll(INDEX, POINTS_PER_PAGE, next);
    for (const { metadata } of points) {
      const { key, chunk, rowHash } = metadata;
      if (chunk > 0) {
        superfluous.add(key);
        continue;
      }
      const expected = hashes.get(key);
      if (expected === undefined) orphaned += 1;
      else {
        seen += 1;
        if (expected !== rowHash) stale += 1;
      }
    }
  }
  return { missing: hashes.size - seen, stale, orphaned, superfluous: superfluous.size };
}

async function readHashes(client: Client): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  // As the producer's sessions have it: the hash is of the printed time.
  await client.query("SET timezone = 'UTC'");
  await client.query("BEGIN READ ONLY");
  await client.query(`DECLARE hashed NO SCROLL CURSOR FOR ${HASHES}`);
  const fetch = () => client.query<[string, string]>({ text: `FETCH ${ROWS_PER_FETCH} FROM hashed`, rowMode: "array" });
  let coming = fetch();
  for (;;) {
    const { rows } = await coming;
    if (rows.length === 0) break;
    coming = fetch();
    for (const [key, hash] of rows) hashes.set(key, hash);
  }
  await client.query("COMMIT");
  return hashes;
}
