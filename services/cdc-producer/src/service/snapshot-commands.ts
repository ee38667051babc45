import { decodeSourceCommand, type SnapshotCommand } from "@freshet/schemas/source-command";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import type { Logger } from "@freshet/streaming/logger";

/** The snapshots that people ask of one source. */
export class SnapshotCommands {
  readonly #topic: CompactedTopic;
  readonly #prefix: string;
  readonly #logger: Logger;
  /** A command's text seldom changes, and they are looked at often. */
  #decoded = new Map<string, SnapshotCommand | null>();

  constructor(topic: CompactedTopic, slot: string, logger: Logger) {
    this.#topic = topic;
    this.#prefix = `snapshot/${slot}/`;
    this.#logger = logger;
  }

  /** In the order in which they were given. */
  read(): SnapshotCommand[] {
    const decoded = new Map<string, SnapshotCommand | null>();
    for (const [key, text] of this.#topic.entries) {
      if (!key.startsWith(this.#prefix)) continue;
      const known = this.#decoded.get(text);
      decoded.set(text, known === undefined ? this.#decode(key, text) : known);
    }
    this.#decoded = decoded;
    return [...decoded.values()].filter((command) => command !== null).sort((a, b) => a.requestedAt - b.requestedAt);
  }

  #decode(key: string, text: string): SnapshotCommand | null {
    try {
      const command = decodeSourceCommand(text);
      return command.kind === "snapshot" ? command : null;
    } catch (error) {
      this.#logger.warn({ key }, `a command can't be read (${(error as Error).message}), so it is left alone`);
      return null;
    }
  }
}
