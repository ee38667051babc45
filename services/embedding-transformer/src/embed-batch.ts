import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";
import type { Message } from "@freshet/streaming/message";
import type { Document, Outcome } from "./document.js";
import { toUpsert } from "./embedded.js";
import { findSuperseded } from "./superseded.js";
import type { TextEmbedder } from "./text-embedder.js";

/** One result for each message, in order; null for a document that a later one of the batch replaces. */
export async function embedBatch(
  batch: readonly Message<RowKey, Outcome>[],
  embedder: TextEmbedder,
): Promise<(EmbeddedMessage | null)[]> {
  const superseded = findSuperseded(batch);
  const documents: Document[] = [];
  batch.forEach(({ value }, place) => {
    if (value.op === "document" && value.text !== "" && !superseded.has(place)) documents.push(value);
  });
  const results = await embedder.embed(documents.map(({ text }) => text));
  const embedded = new Map(results.map((result, i) => [documents[i], result]));
  return batch.map(({ value }, place) => {
    if (superseded.has(place)) return null;
    return value.op === "document" ? toUpsert(value, embedder.model.identity, embedded.get(value) ?? null) : value;
  });
}
