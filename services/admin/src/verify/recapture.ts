import { randomUUID } from "node:crypto";
import { decodeRowKey } from "@freshet/schemas/row-key";
import { FatalError } from "@freshet/streaming/errors";
import { slices } from "@freshet/vector-stores/slices";
import type { CommandContext } from "../command-context.js";
import { SourceFeed } from "../follow/source-feed.js";
import { snapshotCommands } from "../snapshot/snapshot-request.js";
import { takeSnapshots } from "../snapshot/take-snapshots.js";

const KEYS_AT_ONCE = 20_000;

/**
 * Has the producer capture these rows again; of one that isn't there it captures that. Each replaces whatever the
 * stores have of its row.
 *
 * @param table `schema.table`. @throws {FatalError} when the producer can't.
 */
export async function recapture(context: CommandContext, table: string, keys: readonly string[]): Promise<void> {
  const { configuration, connection, signal } = context;
  const { slot, tables } = configuration.source;
  const feed = await SourceFeed.open(connection, slot, signal);
  try {
    for (const some of slices(keys, KEYS_AT_ONCE)) {
      const request = { table, where: null, keys: some.map(decodeRowKey) };
      const commands = snapshotCommands(request, { slot, tables, newId: randomUUID, now: Date.now() });
      const { runs } = await takeSnapshots(context, feed, { commands, wait: true });
      signal.throwIfAborted();
      for (const { outcome } of runs) if (outcome.kind === "failed") throw new FatalError(outcome.reason);
    }
  } finally {
    await feed.close();
  }
}
