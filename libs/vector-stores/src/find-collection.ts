import { collectionName, mayBeOf } from "./collection-name.js";
import type { CollectionSpec } from "./collection-spec.js";
import type { SearchableStore } from "./vector-store.js";

type Catalog = Pick<SearchableStore, "list" | "describe" | "resolveAlias">;

/**
 * The collection of an index's generation, whether or not the alias names it; null when the store has none.
 *
 * @throws {StoreUnavailableError}
 */
export async function findCollection(
  store: Catalog,
  { index, generation }: { readonly index: string; readonly generation: number },
): Promise<CollectionSpec | null> {
  const ours = (await collectionsOf(store, index)).filter((spec) => generationOf(spec, index) === generation);
  const [first, ...others] = ours;
  if (first ? others.length === 0 : generation > 1) return first ?? null;
  const named = await store.resolveAlias(index);
  // Since a sink has found it, its origin is known.
  if (first) return ours.find(({ name }) => name === named) ?? ours.find(({ origin }) => origin !== null) ?? first;
  // Before there were generations, the alias alone said which collection is the index's, whatever its name.
  const spec = named === null ? null : await store.describe(named);
  return spec && (spec.origin === null || generationOf(spec, index) === generation) ? spec : null;
}

/** All collections that were made for an index. @throws {StoreUnavailableError} */
export async function collectionsOf(
  store: Pick<Catalog, "list" | "describe">,
  index: string,
): Promise<CollectionSpec[]> {
  const names = (await store.list()).filter((name) => mayBeOf(index, name)).sort();
  const specs = await Promise.all(names.map((name) => store.describe(name)));
  return specs.flatMap((spec) => (spec && generationOf(spec, index) !== undefined ? [spec] : []));
}

/** Undefined when the collection isn't one of the index. */
function generationOf({ name, model, origin }: CollectionSpec, index: string): number | undefined {
  if (origin) return origin.index === index ? origin.generation : undefined;
  return name === collectionName(index, model) ? 1 : undefined;
}
