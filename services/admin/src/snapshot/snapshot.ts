import { randomUUID } from "node:crypto";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import type { SnapshotCommand } from "@freshet/schemas/source-command";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { isOver, type FollowedRun } from "../follow/followed-run.js";
import { SourceFeed } from "../follow/source-feed.js";
import { renderOutcome } from "./render-outcome.js";
import { snapshotCommands, type SnapshotRequest } from "./snapshot-request.js";
import { takeSnapshots } from "./take-snapshots.js";

export interface SnapshotOptions {
  readonly wait: boolean;
  readonly json: boolean;
}

/** Asks the producer for a snapshot, and follows it to its end. @throws {FatalError} when it can't be asked for. */
export async function snapshot(
  context: CommandContext,
  request: SnapshotRequest,
  { wait, json }: SnapshotOptions,
): Promise<ExitCode> {
  const { configuration, connection, terminal, signal } = context;
  const { slot, tables } = configuration.source;
  const commands = snapshotCommands(request, { slot, tables, newId: randomUUID, now: Date.now() });
  const feed = await SourceFeed.open(connection, slot, signal);
  try {
    const { runs, isInterrupted } = await takeSnapshots(context, feed, { commands, wait });
    terminal.result(json ? toJson(commands, runs) : sentence(runs, { wait }));
    if (isInterrupted) return EXIT.interrupted;
    return runs.some(({ outcome }) => outcome.kind === "failed") ? EXIT.failed : EXIT.done;
  } finally {
    await feed.close();
  }
}

function sentence(runs: readonly FollowedRun[], { wait }: { readonly wait: boolean }): string {
  if (runs.every(isOver)) return renderOutcome(runs);
  const titles = runs.map(({ title }) => title).join("; ");
  const doing = wait ? "The snapshot goes on without this command" : "Asked for a snapshot";
  return `${doing} (${titles}): freshet status shows how far it is.`;
}

function toJson(commands: readonly SnapshotCommand[], runs: readonly FollowedRun[]): string {
  const snapshots = commands.map(({ id, table, where, keys }, place) => {
    const outcome = runs[place]?.outcome ?? { kind: "waiting" };
    const run = outcome.kind === "done" || outcome.kind === "running" ? outcome.run : null;
    return {
      ...{ id, table, where, keys, outcome: outcome.kind },
      error: outcome.kind === "failed" ? outcome.reason : null,
      ...{ rows: run?.rows ?? null, startedAt: run?.startedAt ?? null, finishedAt: run?.finishedAt ?? null },
    };
  });
  return stringifyJson({ snapshots });
}
