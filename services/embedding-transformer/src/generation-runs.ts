import { setTimeout as delay } from "node:timers/promises";
import { sameVectors } from "@freshet/generations/definition-changes";
import type { GenerationsFeed } from "@freshet/generations/generations-feed";
import { runningDocuments, type RunningDocuments } from "@freshet/generations/running-documents";
import { documentsTopicOf } from "@freshet/generations/running-generation";
import { formatRows } from "@freshet/process/index-configuration";
import type { Service } from "@freshet/process/run-service";
import { FatalError } from "@freshet/streaming/errors";
import type { BatchIndex } from "./batch/batch-index.js";
import { DocumentsReadiness } from "./documents-readiness.js";
import type { Embedders } from "./embedders.js";
import { runDocuments, type DocumentsContext } from "./run-documents.js";
import type { TextEmbedder } from "./text-embedder.js";

export interface GenerationRunsOptions extends DocumentsContext {
  readonly feed: Pick<GenerationsFeed, "running" | "model">;
  readonly embedders: Embedders;
  /** The service's end: what others may still use is closed behind them then. */
  readonly signal: AbortSignal;
}

/** Before documents that nobody finds yet are tried again, when they couldn't be made. */
const RETRY_MS = 60_000;

/** Makes the documents of all generations, as they are recorded from moment to moment. */
export class GenerationRuns {
  readonly #options: GenerationRunsOptions;
  readonly #readiness = new DocumentsReadiness();
  /** Of those that run. */
  readonly #embedders = new Map<string, TextEmbedder>();
  #wanted: readonly RunningDocuments[] = [];

  constructor(options: GenerationRunsOptions) {
    this.#options = options;
  }

  readiness(): ReturnType<Service["readiness"]> {
    return this.#readiness.current;
  }

  /** What is to run now, by names for `supervise`. @throws {FatalError} when it can't be read. */
  wanted(): ReadonlyMap<string, RunningDocuments> {
    const wanted = runningDocuments(this.#options.feed.running());
    this.#wanted = [...wanted.values()];
    this.#readiness.wants(this.#wanted);
    return wanted;
  }

  /** For batch calls: of the documents that searches find, those that run. */
  serving(): readonly BatchIndex[] {
    return this.#wanted.flatMap((documents) => {
      const { index, serving, settings } = documents;
      const topic = documentsTopicOf(documents);
      const embedder = serving ? this.#embedders.get(topic) : undefined;
      return embedder === undefined ? [] : [{ name: index, topic, table: formatRows(settings), embedder }];
    });
  }

  /**
   * Until the signal is aborted. A generation that doesn't serve and can't be built keeps no other from its work.
   *
   * @throws {FatalError} and any error that isn't known to be retriable.
   */
  async run(documents: RunningDocuments, signal: AbortSignal): Promise<void> {
    const { index } = documents;
    const topic = documentsTopicOf(documents);
    for (;;) {
      try {
        await this.#run(documents, signal);
        return;
      } catch (error) {
        if (signal.aborted && !(error instanceof FatalError)) return;
        if (this.#isServing(documents)) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        this.#readiness.waits(documents, reason);
        this.#options.logger.error(
          { index, topic, reason },
          `The documents of ${topic} can't be made, and it is tried again every minute; the index goes on with those it has. ${reason}`,
        );
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
    }
  }

  async #run(documents: RunningDocuments, signal: AbortSignal): Promise<void> {
    const onWaiting = (reason: string) => this.#readiness.waits(documents, reason);
    onWaiting("its model is being loaded");
    // What searches find is made first.
    const canWait = () => !this.#isServing(documents);
    const { embedder, release } = await this.#options.embedders.acquire(documents, { signal, onWaiting, canWait });
    const topic = documentsTopicOf(documents);
    try {
      const similar = this.#wanted.filter(({ model }) => sameVectors(model, documents.model)).map(documentsTopicOf);
      await runDocuments(documents, this.#options, {
        ...{ embedder, signal, onWaiting },
        similarTopics: [...new Set([topic, ...similar])],
        onRunning: (application) => {
          this.#embedders.set(topic, embedder);
          this.#readiness.runs(documents, () => application.readiness());
        },
      });
    } finally {
      this.#embedders.delete(topic);
      if (!this.#options.signal.aborted) await release();
    }
  }

  #isServing({ index, documents }: RunningDocuments): boolean {
    return this.#wanted.some((one) => one.serving && one.index === index && one.documents === documents);
  }
}
