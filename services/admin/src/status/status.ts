import { delay } from "@freshet/streaming/back-off";
import { FatalError } from "@freshet/streaming/errors";
import { EXIT, type CommandContext, type ExitCode } from "../command-context.js";
import { renderStatus } from "./render-status.js";
import { StatusReader } from "./status-reader.js";

export interface StatusOptions {
  readonly json: boolean;
  readonly watch: boolean;
}

const TIMEOUT_MS = 60_000;
const WATCH_INTERVAL_MS = 2_000;

/** @throws {RetriableError | FatalError} in a sentence. */
export async function status(context: CommandContext, { json, watch }: StatusOptions): Promise<ExitCode> {
  const { connection, configuration, terminal, signal } = context;
  if (watch && !terminal.interactive)
    throw new FatalError("--watch redraws a terminal, which this isn't: leave it out.");
  const opening = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const reader = await StatusReader.open(connection, configuration, opening);
  try {
    if (watch) {
      await keepDrawn(context, reader);
      return EXIT.done;
    }
    const report = await reader.read();
    const text = () => renderStatus(report, { now: Date.now(), colors: terminal.colors.result });
    terminal.result(json ? JSON.stringify(report, null, 2) : text());
    return EXIT.done;
  } finally {
    await reader.close();
  }
}

async function keepDrawn({ terminal, signal }: CommandContext, reader: StatusReader): Promise<void> {
  try {
    for (;;) {
      const report = await reader.read();
      terminal.redraw(renderStatus(report, { now: Date.now(), colors: terminal.colors.progress }));
      await delay(WATCH_INTERVAL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    terminal.settle();
  }
}
