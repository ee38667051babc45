import { randomUUID } from "node:crypto";
import { FatalError } from "@freshet/streaming/errors";
import type { CommandContext } from "../command-context.js";
import { SourceFeed } from "../follow/source-feed.js";
import { snapshotCommands } from "../snapshot/snapshot-request.js";
import { takeSnapshots } from "../snapshot/take-snapshots.js";
import { recaptureRequests } from "./recapture-requests.js";

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
    for (const request of recaptureRequests(table, keys)) {
      const commands = snapshotCommands(request, { slot, tables, newId: randomUUID, now: Date.now() });
      const { runs } = await takeSnapshots(context, feed, { commands, wait: true });
      signal.throwIfAborted();
      for (const { outcome } of runs) if (outcome.kind === "failed") throw new FatalError(outcome.reason);
    }
  } finally {
    await feed.close();
  }
}
