import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";
import type { BatchOptions, Sink } from "@freshet/streaming/sink";
import type { Topic } from "@freshet/streaming/topic";
import type { Topology } from "@freshet/streaming/topology";

/** A store reads and writes a thousand points in one go; a quiet topic's message waits for no other. */
const BATCH: BatchOptions = { maxItems: 1000, maxBytes: 8 * 1024 * 1024, maxWaitMs: 5 };

/** The embedded documents of an index go to a store as they come. */
export function addStorePipeline(
  app: Topology,
  documents: Topic<RowKey, EmbeddedMessage>,
  store: Sink<RowKey, EmbeddedMessage>,
): void {
  app.dataframe(documents).sink(store, BATCH);
}
