import type { SearchableStore, VectorStore } from "../vector-store.js";
import { ColumnPartitioning, type PartitionRule } from "./column-partitioning.js";
import { PartitionedSearchableStore } from "./searchable-store.js";
import { PartitionedStore } from "./store.js";

/** The store as an index sees it whose points lie in partitions; without a rule the store itself. */
export function partitionedStore(store: VectorStore, rule: PartitionRule | undefined): VectorStore {
  return rule ? new PartitionedStore({ store, partitioning: new ColumnPartitioning(rule) }) : store;
}

/** As `partitionedStore`, to read. */
export function partitionedSearchableStore(store: SearchableStore, rule: PartitionRule | undefined): SearchableStore {
  return rule ? new PartitionedSearchableStore(store, new ColumnPartitioning(rule)) : store;
}
