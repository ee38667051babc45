import { formatCount } from "../rendering/measures.js";
import type { Terminal } from "../terminal.js";
import type { VerifyProgress } from "./verify-index.js";

const EVERY_MS = 200;
const DOING = { reading: "points read", comparing: "buckets compared", recomputing: "rows recomputed" } as const;

/** Drawn anew on a terminal; nothing where the output goes elsewhere. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #title: string;
  #shownAt = 0;

  constructor(terminal: Terminal, title: string) {
    this.#terminal = terminal;
    this.#title = title;
  }

  show({ phase, done, total }: VerifyProgress): void {
    const now = Date.now();
    if (!this.#terminal.interactive || now - this.#shownAt < EVERY_MS) return;
    this.#shownAt = now;
    const of = total === null ? "" : ` of about ${formatCount(total)}`;
    this.#terminal.redraw(`${this.#title}: ${formatCount(done)}${of} ${DOING[phase]}`);
  }

  end(): void {
    if (this.#terminal.interactive) this.#terminal.redraw("");
    this.#terminal.settle();
  }
}
