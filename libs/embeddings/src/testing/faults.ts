import type { RemoteFault, RemoteFaults } from "../contract/remote-faults.js";

/** Which request goes wrong, and what was seen; how it goes wrong is the server's. */
export class Faults implements RemoteFaults {
  readonly seen = { requests: [] as number[], embedded: [] as string[] };
  #fault: RemoteFault | null = null;
  #from = 0;
  #until = 0;

  misbehave(fault: RemoteFault, { from = 0, times = Infinity } = {}): void {
    this.#fault = fault;
    this.#from = this.seen.requests.length + from;
    this.#until = this.#from + times;
  }

  behave(): void {
    this.#fault = null;
    this.seen.requests.length = 0;
    this.seen.embedded.length = 0;
  }

  /** To be called once for each request. */
  next(): RemoteFault | null {
    const number = this.seen.requests.push(Date.now()) - 1;
    return number >= this.#from && number < this.#until ? this.#fault : null;
  }
}
