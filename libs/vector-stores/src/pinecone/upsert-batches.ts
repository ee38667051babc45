import type { PineconeRecord } from "@pinecone-database/pinecone";
import { slicesBySize } from "../slices.js";

/** Of one request: https://docs.pinecone.io/reference/api/database-limits/operation-limits */
const MAX_RECORDS = 1_000;
const MAX_BYTES = 2_000_000;
/** A float32 widened to a double prints up to 20 characters, and a comma. */
const BYTES_PER_DIMENSION = 21;
const BYTES_AROUND = 200;

/** In order; a record alone may be larger than a request should be, and is for Pinecone to refuse. */
export function upsertBatches<R extends PineconeRecord>(records: Iterable<R>): Generator<R[]> {
  return slicesBySize(records, { most: MAX_RECORDS, bytes: MAX_BYTES, bytesOf: estimateBytes });
}

function estimateBytes({ values = [], metadata = {} }: PineconeRecord): number {
  return values.length * BYTES_PER_DIMENSION + Buffer.byteLength(JSON.stringify(metadata)) + BYTES_AROUND;
}
