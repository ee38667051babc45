import { pino, type Logger } from "pino";
import { PinoPretty } from "pino-pretty";

export type { Logger };

export interface LoggerOptions {
  readonly name: string;
  readonly level: string;
  /** Lines for people instead of JSON: on a terminal. */
  readonly pretty: boolean;
}

/** JSON lines to stderr, so that stdout stays free for what a command prints. */
export function createLogger({ name, level, pretty }: LoggerOptions): Logger {
  const destination = pretty
    ? PinoPretty({ destination: 2, ignore: "pid,hostname", sync: true })
    : pino.destination({ fd: 2, sync: true });
  return pino({ name, level, redact: ["*.password", "*.apiKey", "*.connectionString"] }, destination);
}
