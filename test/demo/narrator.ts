import type { Answer } from "../support/search-client.js";
import { createColors } from "picocolors";

const WIDTH = 76;
const SHOWN_ANSWERS = 3;

/** Tells a person what happens; colours only where the terminal shows them. */
export class Narrator {
  readonly #colors: ReturnType<typeof createColors>;

  constructor(options: { readonly colors: boolean }) {
    this.#colors = createColors(options.colors);
  }

  title(text: string, lead: string): void {
    this.#print("", this.#colors.bold(text), lead);
  }

  chapter(text: string): void {
    this.#print("", this.#colors.cyan(this.#colors.bold(text)));
  }

  line(text: string): void {
    this.#print(`  ${text}`);
  }

  /** Several lines of SQL, shortened to what fits. */
  sql(text: string): void {
    const [first = "", ...rest] = text.trim().split("\n");
    const shown = first.length > WIDTH ? `${first.slice(0, WIDTH - 2)} …` : first;
    this.#print(
      `  ${this.#colors.dim(`sql> ${shown}`)}${rest.length > 0 ? this.#colors.dim(` (${rest.length} rows)`) : ""}`,
    );
  }

  answers(question: string, answers: readonly Answer[], searchableMs: number): void {
    this.#print(`  search "${question}", ${this.#colors.green(`${Math.round(searchableMs)} ms after the commit`)}:`);
    for (const [place, { score, payload }] of answers.slice(0, SHOWN_ANSWERS).entries()) {
      const name = `${String(payload["name"])}, ${String(payload["author"])}`;
      this.#print(`    ${place + 1}. ${score.toFixed(3)}  ${place === 0 ? this.#colors.bold(name) : name}`);
    }
  }

  failure(message: string): void {
    console.error(`\n${this.#colors.red("The demo stopped:")} ${message}`);
  }

  #print(...lines: string[]): void {
    console.log(lines.join("\n"));
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
