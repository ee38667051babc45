import { Application } from "@freshet/streaming/application";
import type { ProcessingGuarantee } from "@freshet/streaming/checkpoints/checkpoint";
import { Registry } from "prom-client";
import { benchConnection } from "./connection.js";

interface MemberOrder {
  readonly brokers: string[];
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly processingGuarantee?: ProcessingGuarantee;
}

/** The application of a process that a benchmark has started; its work is still to be declared. */
export function openMember(order: MemberOrder): Application {
  return new Application({
    connection: benchConnection(order.brokers),
    consumerGroup: order.group,
    sessionTimeoutMs: order.sessionTimeoutMs,
    registry: new Registry(),
    deadLetterTopic: (origin) => `dlq.${origin}`,
    processingGuarantee: order.processingGuarantee ?? "at_least_once",
  });
}

/** Works until it gets SIGTERM, or the benchmark is gone; then ends the process. */
export async function runMember(application: Application): Promise<never> {
  const stop = new AbortController();
  process.once("SIGTERM", () => stop.abort()).once("disconnect", () => stop.abort());
  await application.run({ signal: stop.signal });
  process.exit(0);
}
