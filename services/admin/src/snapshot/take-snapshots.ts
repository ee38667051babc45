import type { SnapshotCommand } from "@freshet/schemas/source-command";
import type { CommandContext } from "../command-context.js";
import { writeCommands } from "../follow/command-writer.js";
import { followRuns } from "../follow/follow-runs.js";
import { isOver, type FollowedRun } from "../follow/followed-run.js";
import type { SourceFeed } from "../follow/source-feed.js";
import type { SourceView } from "../follow/source-view.js";
import { askedSnapshots, followedSnapshot, type AskedSnapshot } from "./asked-snapshot.js";

export interface TakenSnapshots {
  /** One for each command, as far as it was followed. */
  readonly runs: readonly FollowedRun[];
  /** Ctrl-C came before all were over. */
  readonly isInterrupted: boolean;
}

/**
 * Asks the producer for snapshots, and follows them to their end.
 *
 * @param feed opened before the call: what is asked for must not be taken for what was there.
 */
export async function takeSnapshots(
  { connection, terminal, signal }: CommandContext,
  feed: SourceFeed,
  { commands, wait }: { readonly commands: readonly SnapshotCommand[]; readonly wait: boolean },
): Promise<TakenSnapshots> {
  const askedAt = Date.now();
  const asked = askedSnapshots(commands, feed.view().state);
  await writeCommands(connection, commands);
  const view = () => feed.view();
  const over = new Map<AskedSnapshot, FollowedRun>();
  // What is over may be forgotten when more is asked for.
  const runsIn = (seen: SourceView) =>
    asked.map((one) => {
      const run = over.get(one) ?? followedSnapshot(one, seen);
      if (isOver(run)) over.set(one, run);
      return run;
    });
  const runs = wait ? await followRuns({ view, runsIn, terminal, askedAt, signal }) : null;
  return { runs: runs ?? runsIn(view()), isInterrupted: wait && runs === null };
}
