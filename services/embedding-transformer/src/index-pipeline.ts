import type { ChunkingRules } from "@freshet/embeddings/chunking/chunk-texts";
import type { ChangeEvent } from "@freshet/schemas/change-event";
import type { EmbeddedMessage } from "@freshet/schemas/embedded-document";
import type { RowKey } from "@freshet/schemas/row-key";
import type { BatchOptions } from "@freshet/streaming/sink";
import type { Topic } from "@freshet/streaming/topic";
import type { Topology } from "@freshet/streaming/topology";
import type { ColumnCheck } from "./column-check.js";
import { Deletes } from "./deletes.js";
import type { DocumentRules } from "@freshet/documents/document-rules";
import { absentColumns, toDelete, toOutcomes, type Outcome } from "./document.js";
import { embedBatch } from "./embed-batch.js";
import { formerKeyOf, rowKeyOf } from "@freshet/documents/row-key-rule";
import type { TextEmbedder } from "./text-embedder.js";
import { documentsTo, type Keyed } from "./topics.js";
import type { IsSuperseded } from "./until-passed.js";

export interface IndexPipeline {
  readonly rules: DocumentRules;
  readonly input: Topic<RowKey | null, ChangeEvent | null>;
  readonly output: string;
  readonly columnCheck: ColumnCheck;
  /** Null when the model is to cut what is too long for it. */
  readonly chunking: ChunkingRules | null;
  readonly embedder: TextEmbedder;
  readonly isSuperseded?: IsSuperseded | undefined;
  /** Called for each message that is made, before it is sent. */
  readonly onMade: (op: EmbeddedMessage["op"]) => void;
}

/** Enough texts for full inferences; under a trickle of changes each waits no longer than a person notices. */
const BATCH: BatchOptions = { maxItems: 128, maxBytes: 4 * 1024 * 1024, maxWaitMs: 5 };

/** Change events become embedded documents of an index. */
export function addIndexPipeline(app: Topology, pipeline: IndexPipeline): void {
  const { rules, input, output, columnCheck, chunking, embedder, isSuperseded, onMade } = pipeline;
  const deletes = new Deletes();
  app
    .dataframe(input)
    .expand((event, message) => {
      const key = rowKeyOf({ key: message.key, event }, rules.key);
      if (event !== null && "after" in event && isSuperseded?.({ ...message, key }) === true) return [];
      const outcomes = () => [
        ...deletesOf(event, formerKeyOf(event, key, rules.key)),
        ...outcomesOf(event, { ...message, key }).map((value): Keyed<Outcome> => ({ key, value })),
      ];
      const absent = absentColumns(event, rules);
      return event === null || absent.length === 0 ? outcomes() : columnCheck(event, absent).then(outcomes);
    })
    .applyBatch(
      (batch, { signal }) =>
        embedBatch(
          batch.map(({ value }) => value),
          { embedder, chunking, signal },
        ),
      BATCH,
    )
    .filter((message): message is Keyed<EmbeddedMessage> => message !== null)
    .update(({ value: { op } }) => onMade(op))
    .toTopic(documentsTo(output));

  function deletesOf(event: ChangeEvent | null, key: RowKey | null): readonly Keyed<Outcome>[] {
    return event === null || key === null ? [] : toDelete(event, key).map((value) => ({ key, value }));
  }

  function outcomesOf(event: ChangeEvent | null, at: Parameters<Deletes["add"]>[0]): readonly Outcome[] {
    if (event === null) return deletes.announced(at) ? [] : [{ op: "tombstone", position: null }];
    if (event.op === "d") deletes.add(at);
    return toOutcomes(event, at.key, rules);
  }
}
