/** Of a graph index (HNSW); what is left out is the store's own choice, or its adapter's. */
export interface Hnsw {
  /** Edges of a node. */
  readonly m?: number | undefined;
  /** Candidates while the index is built. */
  readonly efConstruction?: number | undefined;
  /** Candidates while searching. */
  readonly efSearch?: number | undefined;
}
