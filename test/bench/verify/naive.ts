import type { SearchableStore } from "@freshet/vector-stores/vector-store";
import type { Client } from "pg";
import type { Counts } from "./planted.js";
import { HASHES, INDEX } from "./source-table.js";

const ROWS_PER_FETCH = 5_000;
const POINTS_PER_PAGE = 1_000;

/** Reads the hash of every row, then of every point, by the same requests as verify, and compares them one by one. */
export async function compareNaively(client: Client, store: SearchableStore): Promise<Counts> {
  const hashes = await readHashes(client);
  const superfluous = new Set<string>();
  let [stale, orphaned, seen] = [0, 0, 0];
  let after: string | null = null;
  do {
    const { points, next } = await store.scroll(INDEX, POINTS_PER_PAGE, after);
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
    after = next;
  } while (after !== null);
  return { missing: hashes.size - seen, stale, orphaned, superfluous: superfluous.size };
}

async function readHashes(client: Client): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  // As the producer's sessions have it: the hash is of the printed time.
  await client.query("SET timezone = 'UTC'");
  await client.query("BEGIN READ ONLY");
  await client.query(`DECLARE hashed NO SCROLL CURSOR FOR ${HASHES}`);
  for (;;) {
    const { rows } = await client.query<[string, string]>({
      text: `FETCH ${ROWS_PER_FETCH} FROM hashed`,
      rowMode: "array",
    });
    if (rows.length === 0) break;
    for (const [key, hash] of rows) hashes.set(key, hash);
  }
  await client.query("COMMIT");
  return hashes;
}
