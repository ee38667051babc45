import { MemberProcess } from "./member-process.js";

export interface StalledSinkOrder {
  readonly brokers: string[];
  readonly group: string;
  readonly input: string;
  readonly sessionTimeoutMs: number;
}

/** A member whose sink takes its first batch and answers only when it is sent another message. */
export function startStalledSink(order: StalledSinkOrder): MemberProcess {
  return MemberProcess.start(new URL("./stalled-sink-process.js", import.meta.url), order);
}
