import { decodeSourceCommand } from "@freshet/schemas/source-command";
import type { CompactedTopic } from "@freshet/streaming/compacted-topic";
import type { Logger } from "@freshet/streaming/logger";
import type { AskedSnapshot } from "../snapshot/snapshot-jobs.js";

/** The snapshots that people ask of one source. */
export class SnapshotCommands {
  readonly #topic: CompactedTopic;
  readonly #prefix: string;
  readonly #logger: Logger;
  /** By key and text: a command seldom changes, and they are looked at often. */
  #decoded = new Map<string, AskedSnapshot | null>();

  constructor(topic: CompactedTopic, slot: string, logger: Logger) {
    this.#topic = topic;
    this.#prefix = `snapshot/${slot}/`;
    this.#logger = logger;
  }

  /** In the order in which they were given. */
  read(): AskedSnapshot[] {
    const decoded = new Map<string, AskedSnapshot | null>();
    for (const [key, text] of this.#topic.entries) {
      if (!key.startsWith(this.#prefix)) continue;
      const record = `${key}\n${text}`;
      const known = this.#decoded.get(record);
      decoded.set(record, known === undefined ? this.#decode(key, text) : known);
    }
    this.#decoded = decoded;
    return [...decoded.values()].filter((command) => command !== null).sort((a, b) => a.requestedAt - b.requestedAt);
  }

  #decode(key: string, text: string): AskedSnapshot | null {
    try {
      const command = decodeSourceCommand(text);
      return command.kind === "snapshot" ? { ...command, recordKey: key } : null;
    } catch (error) {
      this.#logger.warn({ key }, `a command can't be read (${(error as Error).message}), so it is left alone`);
      return null;
    }
  }
}
