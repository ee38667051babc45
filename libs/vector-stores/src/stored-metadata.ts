import { parsePosition, formatPosition } from "@freshet/schemas/position";
import { z } from "zod";
import type { PointMetadata } from "./vector-store.js";

/** Metadata as JSON has it: the position as `epoch/lsn/seq`, because an LSN needs more than a double's digits. */
export type MetadataJson = Omit<PointMetadata, "position"> & { readonly position: string };

const schema = z.object({
  index: z.string(),
  table: z.string(),
  key: z.string(),
  chunk: z.int(),
  chunks: z.int(),
  position: z.string().transform(parsePosition),
  partition: z.int(),
  rowHash: z.string().nullable(),
  textHash: z.string(),
  committedAt: z.number(),
  indexedAt: z.number(),
});

export function metadataToJson(metadata: PointMetadata): MetadataJson {
  return { ...metadata, position: formatPosition(metadata.position) };
}

/** @throws {z.ZodError} when it isn't what `metadataToJson` gives. */
export function metadataFromJson(value: unknown): PointMetadata {
  return schema.parse(value);
}
