import { PARTITIONS } from "./broker.js";
import type { HopOrder } from "./hop.js";
import { MemberProcess } from "./member-process.js";

/** What an expert would tune. */
export interface BareSettings {
  readonly partitionsConsumedConcurrently: number;
  /** At most; null for all that a fetch brought of a partition. kafkajs takes ever longer for each message of a large send. */
  readonly messagesPerSend: number | null;
}

export interface BareHopOrder extends HopOrder {
  readonly settings: BareSettings;
}

export const BARE_SETTINGS: readonly BareSettings[] = [500, 2000, null].flatMap((messagesPerSend) =>
  [1, PARTITIONS].map((partitionsConsumedConcurrently) => ({ partitionsConsumedConcurrently, messagesPerSend })),
);

/** The same as `startHop` in kafkajs alone. */
export function startBareHop(order: BareHopOrder): MemberProcess {
  return MemberProcess.start(new URL("./bare-hop-process.js", import.meta.url), order);
}
