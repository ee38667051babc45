import { randomUUID } from "node:crypto";
import { stringifyJson } from "@freshet/schemas/lossless-json";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { writeCommands } from "../follow/command-writer.js";
import { followRuns } from "../follow/follow-runs.js";
import { isOver, type FollowedRun } from "../follow/followed-run.js";
import { SourceFeed } from "../follow/source-feed.js";
import { askedSnapshots, followedSnapshot, type AskedSnapshot } from "./asked-snapshot.js";
import { renderOutcome } from "./render-outcome.js";
import { snapshotCommands, type SnapshotRequest } from "./snapshot-request.js";

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
  const askedAt = Date.now();
  const commands = snapshotCommands(request, { slot, tables, newId: randomUUID, now: askedAt });
  // Before the commands are written: what is asked for must not be taken for what was there.
  const feed = await SourceFeed.open(connection, slot, signal);
  try {
    const asked = askedSnapshots(commands, feed.view().state);
    await writeCommands(connection, commands);
    const view = () => feed.view();
    const over = new Map<AskedSnapshot, FollowedRun>();
    // What is over may be forgotten when more is asked for.
    const runsIn = (seen: ReturnType<typeof view>) =>
      asked.map((one) => {
        const run = over.get(one) ?? followedSnapshot(one, seen);
        if (isOver(run)) over.set(one, run);
        return run;
      });
    const runs = wait ? await followRuns({ view, runsIn, terminal, askedAt, signal }) : null;
    const last = runs ?? runsIn(view());
    terminal.result(json ? toJson(asked, last) : sentence(last, { wait }));
    if (wait && runs === null) return EXIT.interrupted;
    return last.some(({ outcome }) => outcome.kind === "failed") ? EXIT.failed : EXIT.done;
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

function toJson(asked: readonly AskedSnapshot[], runs: readonly FollowedRun[]): string {
  const snapshots = asked.map(({ command: { id, table, where, keys } }, place) => {
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
