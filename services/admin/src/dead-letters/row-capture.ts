import { randomUUID } from "node:crypto";
import { encodeRowKey, type RowKey } from "@freshet/schemas/row-key";
import type { DeadLetterRecord } from "@freshet/streaming/dead-letter";
import type { CommandContext } from "../command-context.js";
import { SourceFeed } from "../follow/source-feed.js";
import { snapshotCommands } from "../snapshot/snapshot-request.js";
import { takeSnapshots } from "../snapshot/take-snapshots.js";

export interface LetterToCapture {
  readonly letter: DeadLetterRecord;
  readonly table: string;
  readonly key: RowKey;
}

/** Has the producer capture the rows that letters tell of. */
export class RowCapture {
  readonly #context: CommandContext;
  #feed: SourceFeed | null = null;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /**
   * Resolves when the producer has captured them, or said why not.
   *
   * @returns why a letter's row wasn't captured, of those where it wasn't.
   * @throws {RetriableError | FatalError} in a sentence. @throws the signal's reason: what was asked for goes on.
   */
  async capture(letters: readonly LetterToCapture[]): Promise<Map<DeadLetterRecord, string>> {
    const failed = new Map<DeadLetterRecord, string>();
    for (const alike of byTableAndColumns(letters).values()) {
      const { runs } = await this.#take(alike);
      this.#context.signal.throwIfAborted();
      const [reason] = runs.flatMap(({ outcome }) => (outcome.kind === "failed" ? [outcome.reason] : []));
      if (reason === undefined) continue;
      for (const { letter } of alike) failed.set(letter, `couldn't be captured again: ${reason.replace(/\.$/, "")}`);
    }
    return failed;
  }

  async close(): Promise<void> {
    await this.#feed?.close();
  }

  async #take(letters: readonly LetterToCapture[]) {
    const { connection, configuration, signal } = this.#context;
    const { slot, tables } = configuration.source;
    const feed = (this.#feed ??= await SourceFeed.open(connection, slot, signal));
    const keys = new Map(letters.map(({ key }) => [encodeRowKey(key), { ...key }]));
    const request = { table: letters[0]?.table ?? null, where: null, keys: [...keys.values()] };
    const commands = snapshotCommands(request, { slot, tables, newId: randomUUID, now: Date.now() });
    return takeSnapshots(this.#context, feed, { commands, wait: true });
  }
}

/** A key with wrong columns fails with all that are asked for beside it. */
function byTableAndColumns(letters: readonly LetterToCapture[]): Map<string, LetterToCapture[]> {
  const groups = new Map<string, LetterToCapture[]>();
  for (const letter of letters) {
    const name = JSON.stringify([letter.table, Object.keys(letter.key)]);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [letter]);
    else group.push(letter);
  }
  return groups;
}
