import type { Logger } from "@freshet/streaming/logger";
import { createColors } from "picocolors";
import type { Terminal } from "../terminal.js";

const PLAIN = createColors(false);

/** For commands that nobody looks at: what they say goes to the log, and their results are kept. */
export class LoggingTerminal implements Terminal {
  readonly interactive = false;
  readonly colors = { result: PLAIN, progress: PLAIN };
  readonly ask = null;
  readonly results: string[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  result(text: string): void {
    this.results.push(text);
  }

  report(text: string): void {
    this.#logger.info({}, text);
  }

  redraw(): void {
    // Nothing is interactive here.
  }

  settle(): void {
    // As above.
  }
}
