import type { ProcessingGuarantee } from "@freshet/streaming/checkpoints/checkpoint";
import { MemberProcess } from "./member-process.js";

/** What is done to each message: decoded JSON is changed and encoded again, or its bytes are passed on. */
export type Work = "json" | "bytes";

export interface HopOrder {
  readonly brokers: string[];
  readonly group: string;
  readonly input: string;
  readonly output: string;
  readonly work: Work;
  readonly sessionTimeoutMs: number;
  readonly processingGuarantee?: ProcessingGuarantee;
}

/** As the services have it. */
export const SESSION_TIMEOUT_MS = 30_000;

/** `topic → apply → toTopic` of this library. */
export function startHop(order: HopOrder): MemberProcess {
  return MemberProcess.start(new URL("./hop-process.js", import.meta.url), order);
}
