import { PollSession } from "../poll/poll-session.js";
import { CdcSession } from "./cdc-session.js";
import type { SourceSession, SourceSessionOptions } from "./source-session.js";

/** The session that reads the source in the way that `source.mode` names. */
export function openSession(options: SourceSessionOptions): SourceSession {
  const { mode } = options.source;
  switch (mode) {
    case "wal":
      return new CdcSession(options);
    case "poll":
      return new PollSession(options);
    default:
      return mode satisfies never;
  }
}
