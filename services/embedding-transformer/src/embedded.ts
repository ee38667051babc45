import type { ModelIdentity, UpsertDocument } from "@freshet/schemas/embedded-document";
import type { Document } from "./document.js";
import type { EmbeddedText } from "./text-embedder.js";

/** @param embedded null for a document without text, which has no chunks: the row has no points then. */
export function toUpsert(document: Document, model: ModelIdentity, embedded: EmbeddedText | null): UpsertDocument {
  const { source, text, payload } = document;
  return {
    op: "upsert",
    source,
    model,
    // The model cuts a text that is too long for it, so a document is one chunk.
    chunks: embedded === null ? [] : [{ index: 0, text, ...embedded }],
    payload,
  };
}
