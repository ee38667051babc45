/** Where a member can stand: in its topology, or at a request to the broker or the answer to it. */
export const STEPS = [
  "operate",
  "batch",
  /** In the sink, before anything is durable. */
  "write",
  /** In the sink, when everything is durable. */
  "written",
  /** A producer is about to be given an id: it is new, or takes over that of a transaction. */
  "open",
  /** A request with output is about to be sent. */
  "produce",
  "produced",
  /** A request with dead letters is about to be sent. */
  "bury",
  "buried",
  /** Output and dead letters are acknowledged, and the commit is about to be sent. */
  "commit",
  "committed",
] as const;
export type Step = (typeof STEPS)[number];

export type Action =
  /** SIGKILL. */
  | "kill"
  /** SIGSTOP, and SIGCONT when the session has timed out. */
  | "stop"
  /** A retriable error. */
  | "fail"
  /** Takes longer than the session. */
  | "slow"
  /** Half of a batch is written, then a retriable error. */
  | "half"
  /** Half of a batch is written, then SIGKILL. */
  | "half-kill"
  /** The request is sent and the connection cut before the answer comes. */
  | "cut"
  /** The request is withheld, and SIGKILL comes soon after: what didn't wait for the answer shows. */
  | "withhold";

/** What happens to a member when it stands at a step for the n-th time, from 1. */
export interface Fault {
  readonly step: Step;
  readonly nth: number;
  readonly action: Action;
}
