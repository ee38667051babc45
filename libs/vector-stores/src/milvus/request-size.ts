/** Of one request, with room for what stands around the rows; Milvus takes 64 MB. */
const MAX_BYTES = 48 * 1024 * 1024;
const MAX_ROWS = 512;
/** The most that Milvus takes for a text, its words, a JSON value and a key. */
const MAX_TEXTS_BYTES = 4 * 65_536;
const BYTES_PER_DIMENSION = 4;

/** So many always fit, whatever is in them. */
export function rowsPerRequest(dimensions: number): number {
  return Math.min(MAX_ROWS, Math.floor(MAX_BYTES / (MAX_TEXTS_BYTES + dimensions * BYTES_PER_DIMENSION)));
}
