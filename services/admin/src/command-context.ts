import type { Configuration } from "@freshet/process/configuration";
import type { KafkaConnection } from "@freshet/streaming/kafka/connection";
import type { Terminal } from "./terminal.js";

export interface CommandContext {
  readonly configuration: Configuration;
  readonly connection: KafkaConnection;
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** What a script sees of a command's end. `interrupted` is what shells use for Ctrl-C: 128 + SIGINT. */
export const EXIT = { done: 0, failed: 1, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
