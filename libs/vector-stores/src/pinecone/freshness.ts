import { setTimeout as delay } from "node:timers/promises";
import { StoreUnavailableError } from "../errors.js";

/** https://docs.pinecone.io/guides/index-data/check-data-freshness#check-the-log-sequence-number */
const WRITTEN = "x-pinecone-request-lsn";
const INDEXED = "x-pinecone-max-indexed-lsn";
const POLL_MS = 200;

/** What this process wrote to each index, and what queries there see of it: Pinecone's numbers in its answers' headers. */
export class Freshness {
  readonly #written = new Map<string, number>();
  readonly #indexed = new Map<string, number>();

  observe(host: string, headers: Headers): void {
    raise(this.#written, host, headers.get(WRITTEN));
    raise(this.#indexed, host, headers.get(INDEXED));
  }

  /**
   * Until a query sees all that was written; at once when nothing was, or when the answers have no numbers.
   *
   * @throws {StoreUnavailableError} when that takes too long.
   */
  async settled(host: string, query: () => Promise<unknown>, timeoutMs: number): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (this.#isBehind(host)) {
      await query();
      if (!this.#indexed.has(host) || !this.#isBehind(host)) return;
      if (Date.now() >= end) throw new StoreUnavailableError("Pinecone doesn't yet show what was written to it.");
      await delay(POLL_MS);
    }
  }

  #isBehind(host: string): boolean {
    return (this.#indexed.get(host) ?? -1) < (this.#written.get(host) ?? -1);
  }
}

function raise(numbers: Map<string, number>, host: string, text: string | null): void {
  if (text === null) return;
  const number = Number(text);
  if (number > (numbers.get(host) ?? -1)) numbers.set(host, number);
}
