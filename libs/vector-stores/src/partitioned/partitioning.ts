import type { JsonObject } from "@freshet/schemas/lossless-json";
import type { PayloadFilter } from "../payload-filter.js";

/**
 * How a collection's points are spread over partitions, each known by a text of its own. Points of no partition lie in the root,
 * the collection that the partitions belong to; so does whatever was stored before there were any, so the root can hold anything.
 */
export interface Partitioning {
  /** Null for the root. */
  partitionOf(payload: JsonObject): string | null;
  /** False only when no point of the partition can match. */
  mayMatch(partition: string, filter: PayloadFilter): boolean;
}
