import { stringifyJson } from "@freshet/schemas/lossless-json";
import { decodeRowKey } from "@freshet/schemas/row-key";
import type { SearchableStore, StoredPoint } from "@freshet/vector-stores/vector-store";
import type { Client } from "pg";

/** What the table says: each row's hash by its id, computed by Postgres itself. */
export async function tableHashes(
  client: Client,
  table: string,
  columns: readonly string[],
): Promise<Map<string, string>> {
  const parts = columns.map((column) => `coalesce(octet_length(${column}::text) || ':' || ${column}::text, '~')`);
  const { rows } = await client.query<{ id: string; hash: string }>(
    `SELECT id::text, encode(sha256(convert_to(concat(${parts.join(", ")}), 'UTF8')), 'hex') AS hash FROM ${table}`,
  );
  return new Map(rows.map(({ id, hash }) => [id, hash]));
}

/** What the index says: each row's hash by its id. @throws when a row has more points than it says it has chunks. */
export async function indexHashes(store: SearchableStore, alias: string): Promise<Map<string, string>> {
  const collection = await store.resolveAlias(alias);
  const hashes = new Map<string, string>();
  if (collection === null) return hashes;
  for await (const { metadata } of allPoints(store, collection)) {
    const id = stringifyJson(decodeRowKey(metadata.key)["id"]);
    if (metadata.chunk >= metadata.chunks) throw new Error(`row ${id} has a superfluous chunk ${metadata.chunk}`);
    hashes.set(id, metadata.rowHash ?? "none");
  }
  return hashes;
}

async function* allPoints(store: SearchableStore, collection: string): AsyncGenerator<StoredPoint> {
  let after: string | null = null;
  do {
    const page = await store.scroll(collection, 1000, after);
    yield* page.points;
    after = page.next;
  } while (after !== null);
}
