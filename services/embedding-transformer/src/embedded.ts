import type { ModelIdentity, UpsertDocument } from "@freshet/schemas/embedded-document";
import type { Document } from "./document.js";
import type { EmbeddedText } from "./text-embedder.js";

export interface EmbeddedChunk extends EmbeddedText {
  readonly text: string;
}

/** @param chunks in order; none for a document without text: the row has no points then. */
export function toUpsert(
  { source, payload }: Document,
  model: ModelIdentity,
  chunks: readonly EmbeddedChunk[],
): UpsertDocument {
  return { op: "upsert", source, model, chunks: chunks.map((chunk, index) => ({ index, ...chunk })), payload };
}
