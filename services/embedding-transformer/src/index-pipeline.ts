import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { BatchOptions } from "@freshet/streaming/sink";
import type { Topology } from "@freshet/streaming/topology";
import { Deletes } from "./deletes.js";
import { toOutcomes, type DocumentRules, type Outcome } from "./document.js";
import { embedBatch } from "./embed-batch.js";
import type { Metrics } from "./metrics.js";
import type { TextEmbedder } from "./text-embedder.js";
import { changesOf, documentsOf } from "./topics.js";

export interface IndexPipeline {
  readonly rules: DocumentRules;
  readonly input: string;
  readonly output: string;
  readonly embedder: TextEmbedder;
  readonly metrics: Metrics;
}

/** Enough texts for full inferences; under a trickle of changes each waits no longer than a person notices. */
const BATCH: BatchOptions = { maxItems: 128, maxBytes: 4 * 1024 * 1024, maxWaitMs: 5 };

/** Change events of a table become embedded documents of an index. */
export function addIndexPipeline(app: Topology, { rules, input, output, embedder, metrics }: IndexPipeline): void {
  const deletes = new Deletes();
  app
    .dataframe(changesOf(input))
    .expand((event, message): readonly Outcome[] => {
      if (event === null) return deletes.announced(message) ? [] : [{ op: "tombstone", position: null }];
      if (event.op === "d") deletes.add(message);
      return toOutcomes(event, message.key, rules);
    })
    .applyBatch((batch) => embedBatch(batch, embedder), BATCH)
    .filter((message): message is EmbeddedMessage => message !== null)
    .update(({ op }) => metrics.documents.inc({ index: rules.index, op }))
    .toTopic(documentsOf(output));
}
