import type { AcceptCommand } from "@freshet/schemas/source-command";
import { FatalError } from "@freshet/streaming/errors";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { writeCommands } from "../follow/command-writer.js";
import { followRuns } from "../follow/follow-runs.js";
import { SourceFeed } from "../follow/source-feed.js";
import { isSilent, type SourceView } from "../follow/source-view.js";
import { renderOutcome } from "../snapshot/render-outcome.js";
import { formatTableName } from "@freshet/process/table-name";
import { acceptedRun } from "./accepted-run.js";
import { acceptReport } from "./accept-report.js";
import { renderAccept } from "./render-accept.js";

export interface AcceptOptions {
  /** Without asking, if something differs. */
  readonly yes: boolean;
  /** With `yes`, also if nothing does. */
  readonly force: boolean;
  /** Until every table is read again. */
  readonly wait: boolean;
}

/** Says what differs, asks, and has the next start of the producer go on with the database as it is. */
export async function acceptSource(context: CommandContext, options: AcceptOptions): Promise<ExitCode> {
  const { configuration, connection, terminal, signal } = context;
  const { source } = configuration;
  const feed = await SourceFeed.open(connection, source.slot, signal);
  try {
    const { state } = feed.view();
    if (state === null) {
      throw new FatalError(
        `Slot ${source.slot} was never read, so there is nothing to accept: start the cdc-producer.`,
      );
    }
    const report = acceptReport(source, state);
    terminal.result(renderAccept(report, { now: Date.now(), colors: terminal.colors.result }));
    if (!(await isAgreed(context, options, report.difference === null))) {
      terminal.result("Nothing was changed.");
      return EXIT.failed;
    }
    const askedAt = Date.now();
    const command: AcceptCommand = { kind: "accept", slot: source.slot, requestedAt: askedAt, epoch: state.epoch };
    await writeCommands(connection, [command]);
    const running = state.phase !== "stopped" && !isSilent(state, askedAt);
    terminal.result(`Accepted: ${running ? "restart" : "start"} the cdc-producer, which takes it up at its start.`);
    if (!options.wait) return EXIT.done;
    const runsIn = (view: SourceView) =>
      source.tables.map((table) => acceptedRun(formatTableName(table), state.epoch, view));
    const runs = await followRuns({
      view: () => feed.view(),
      runsIn,
      terminal,
      askedAt,
      signal,
      knownError: state.lastError,
    });
    if (runs === null) {
      terminal.result("It goes on without this command: freshet status shows how far it is.");
      return EXIT.interrupted;
    }
    terminal.result(renderOutcome(runs));
    return EXIT.done;
  } finally {
    await feed.close();
  }
}

async function isAgreed({ terminal }: CommandContext, options: AcceptOptions, needless: boolean): Promise<boolean> {
  const { yes, force } = options;
  if (yes && needless && !force) {
    throw new FatalError(
      "Nothing differs, so there is nothing to accept, and nothing was changed: say --force to read everything anew all the same.",
    );
  }
  if (yes) return true;
  if (terminal.ask === null) {
    throw new FatalError(
      "Nobody can be asked here, so nothing was changed: say --yes to accept it without a question.",
    );
  }
  const question = needless ? "Read everything anew all the same? [y/N] " : "Accept it? [y/N] ";
  return /^y(es)?$/i.test((await terminal.ask(question)).trim());
}
