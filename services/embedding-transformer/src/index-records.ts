import { changeGenerations } from "@freshet/generations/change-generations";
import { configuredChanges } from "@freshet/generations/configured-changes";
import { definitionOf } from "@freshet/generations/definition";
import type { GenerationsFeed, GenerationsFeedOptions } from "@freshet/generations/generations-feed";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import type { Registry } from "prom-client";
import { recordAtStart, type RecordAtStart } from "./index-record.js";
import { writeStates } from "./state-records.js";

export interface IndexRecordsOptions extends GenerationsFeedOptions {
  readonly feed: Pick<GenerationsFeed, "running" | "state">;
  readonly registry: Registry;
  /** Called with what is being waited for. */
  readonly onFailure: (error: Error) => void;
}

/** What is recorded of the indexes, and whether the configuration says otherwise. */
export class IndexRecords {
  readonly #options: IndexRecordsOptions;
  readonly #indexes: readonly string[];
  /** Indexes whose configuration differed at the start. One that didn't is only older than what is recorded since. */
  readonly #differing = new Set<string>();

  constructor(options: IndexRecordsOptions) {
    this.#options = options;
    this.#indexes = Object.keys(options.configuration.indexes);
  }

  /**
   * Records what is to be recorded at a start, and tells of changes that ask for another generation.
   *
   * @throws {FatalError} not allowed, or what is recorded can't be read. @throws the signal's reason.
   */
  async start(): Promise<void> {
    const { feed } = this.#options;
    // Tells what can't be read.
    feed.running();
    const isNew = (index: string) => feed.state(index) === undefined;
    const decided = this.#indexes.map((index) => [index, this.#decide(index, feed.state(index))] as const);
    for (const [index, { changes }] of decided) if (changes.length > 0) this.#tell(index, changes);
    const known = decided.filter(([index, { record }]) => record !== null && !isNew(index));
    if (this.#indexes.some(isNew)) {
      // Somebody else may have been faster.
      const first = () => this.#indexes.filter(isNew).flatMap((index) => this.#decide(index, undefined).record ?? []);
      await writeStates(first, this.#options);
    }
    await Promise.all(known.map(([index]) => this.#adopt(index)));
  }

  /** Whether an index's configuration asks for another generation than the one that serves, or is being built. */
  *changed(): Iterable<readonly [index: string, isChanged: boolean]> {
    const { configuration, feed } = this.#options;
    for (const index of this.#indexes) {
      const state = this.#differing.has(index) ? feed.state(index) : undefined;
      yield [index, state !== undefined && configuredChanges(state, definitionOf(configuration, index)).length > 0];
    }
  }

  #decide(index: string, state: GenerationsState | undefined): RecordAtStart {
    const configured = definitionOf(this.#options.configuration, index);
    return recordAtStart({ index, state, configured, now: Date.now() });
  }

  #tell(index: string, changes: RecordAtStart["changes"]): void {
    this.#differing.add(index);
    const settings = changes.map(({ setting }) => setting);
    this.#options.connection.logger.warn(
      { index, settings },
      `The configuration of index ${index} isn't what it was built with (${settings.join(", ")}), and it goes on as it ` +
        `was built: run \`freshet reindex ${index}\` to build it anew, or take the change back.`,
    );
  }

  /** No document is another one by it, so nothing waits for it. */
  async #adopt(index: string): Promise<void> {
    const { connection, signal } = this.#options;
    try {
      await changeGenerations(index, this.#options, (state) => this.#decide(index, state).record);
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      connection.logger.warn({ index, reason }, "The changed configuration is recorded at another start.");
    }
  }
}
