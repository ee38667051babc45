import { Bell } from "@freshet/streaming/bell";
import { BatchServer, type BatchServerOptions } from "./batch-server.js";

/**
 * Answers batch calls until the signal is aborted; then their streams end with a status that says when to come back.
 *
 * @throws {FatalError} when it can't listen.
 */
export async function runBatch(options: BatchServerOptions, signal: AbortSignal): Promise<void> {
  const server = await BatchServer.start(options);
  // Nobody rings: only the signal ends the waiting, also one that is aborted already.
  await new Bell().wait({ signal });
  await server.close();
}
