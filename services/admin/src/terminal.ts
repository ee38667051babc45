import type { Colors } from "./rendering/colors.js";

/** Where a command writes: its result to stdout, what happens meanwhile to stderr. */
export interface Terminal {
  /** Whether lines can be drawn anew where progress goes. */
  readonly interactive: boolean;
  /** None where the text goes to a file or a pipe. */
  readonly colors: { readonly result: Colors; readonly progress: Colors };
  result(text: string): void;
  /** A line that stays. */
  report(text: string): void;
  /** Lines that the next ones replace; only where it is interactive. */
  redraw(text: string): void;
  /** Leaves what was drawn last where it is. */
  settle(): void;
  /** Null where nobody can be asked. The answer is empty when it is broken off. */
  readonly ask: ((question: string) => Promise<string>) | null;
}
