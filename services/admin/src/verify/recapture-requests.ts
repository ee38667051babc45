import { decodeRowKey } from "@freshet/schemas/row-key";
import { slicesBySize } from "@freshet/vector-stores/slices";
import type { SnapshotRequest } from "../snapshot/snapshot-request.js";

/** Half of what one request takes, whose parts may not be full. */
const REQUEST = { most: 20_000, bytes: 4_000_000, bytesOf: (key: string) => Buffer.byteLength(key) };

/** For rows of a table by their encoded keys, each as large as the producer takes it. @param table `schema.table`. */
export function* recaptureRequests(table: string, keys: readonly string[]): Generator<SnapshotRequest> {
  for (const some of slicesBySize(keys, REQUEST)) yield { table, where: null, keys: some.map(decodeRowKey) };
}
