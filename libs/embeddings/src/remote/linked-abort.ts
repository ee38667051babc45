/**
 * An abort of its own that also follows others, until it is disposed of. `AbortSignal.any` isn't for signals that live as
 * long as the process: in Node 20 they keep some bytes of every signal that was ever made from them.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #follow: (event: Event) => void;

  constructor(sources: readonly (AbortSignal | undefined)[]) {
    this.#sources = sources.filter((source) => source !== undefined);
    this.#follow = ({ target }) => {
      if (target instanceof AbortSignal) this.abort(target.reason);
    };
    for (const source of this.#sources) {
      if (source.aborted) this.abort(source.reason);
      source.addEventListener("abort", this.#follow);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  dispose(): void {
    for (const source of this.#sources) source.removeEventListener("abort", this.#follow);
  }
}
