import { RetriableError } from "@freshet/streaming/errors";
import type { RoundStatistics } from "./polling-round.js";

/** Nobody polls here just now. */
export class NotPollingError extends RetriableError {
  override readonly name = "NotPollingError";
}

const NOTHING: RoundStatistics = { rows: 0, events: 0 };

interface Waiting {
  readonly done: Promise<RoundStatistics>;
  readonly resolve: (statistics: RoundStatistics) => void;
  readonly reject: (error: Error) => void;
}

/** Asks for a round now. What is asked while a round runs is answered by the next one, all of it by one. */
export class SyncRequests {
  readonly #next = new Map<string, Waiting>();
  /** Tables that are polled; null: by nobody here. */
  #tables: readonly string[] | null = null;
  #reason = "the service is starting";
  #wake: () => void = () => undefined;

  /** `schema.table` of every table, when this instance polls. */
  get tables(): readonly string[] | null {
    return this.#tables;
  }

  /**
   * Resolves when a round that began after the call is over and Kafka has its events.
   *
   * @throws {NotPollingError} when this instance doesn't poll, or stops before that.
   */
  request(tables: readonly string[]): Promise<RoundStatistics> {
    if (this.#tables === null) return Promise.reject(new NotPollingError(this.#reason));
    const waiting = tables.map((table) => this.#ask(table).done);
    this.#wake();
    const done = Promise.all(waiting).then(total);
    // Who doesn't wait for the answer needn't hear of a failure either.
    done.catch(() => undefined);
    return done;
  }

  /** @param wake called on each request. */
  open(tables: readonly string[], wake: () => void): void {
    this.#tables = tables;
    this.#wake = wake;
  }

  close(reason: string): void {
    this.#tables = null;
    this.#reason = reason;
    this.#wake = () => undefined;
    for (const { reject } of this.#next.values()) reject(new NotPollingError(reason));
    this.#next.clear();
  }

  isAsked(table: string): boolean {
    return this.#next.has(table);
  }

  /** Runs a round for all who have asked so far. */
  async answer(table: string, round: () => Promise<RoundStatistics>): Promise<void> {
    const waiting = this.#next.get(table);
    this.#next.delete(table);
    try {
      const statistics = await round();
      waiting?.resolve(statistics);
    } catch (error) {
      waiting?.reject(new NotPollingError((error as Error).message));
      throw error;
    }
  }

  /** There is no round for those who have asked so far. */
  refuse(table: string, reason: string): void {
    this.#next.get(table)?.reject(new NotPollingError(reason));
    this.#next.delete(table);
  }

  #ask(table: string): Waiting {
    const known = this.#next.get(table);
    if (known !== undefined) return known;
    const { promise, resolve, reject } = withResolvers();
    const waiting = { done: promise, resolve, reject };
    this.#next.set(table, waiting);
    return waiting;
  }
}

function total(all: readonly RoundStatistics[]): RoundStatistics {
  return all.reduce((sum, { rows, events }) => ({ rows: sum.rows + rows, events: sum.events + events }), NOTHING);
}

function withResolvers() {
  let resolve: Waiting["resolve"] = () => undefined;
  let reject: Waiting["reject"] = () => undefined;
  const promise = new Promise<RoundStatistics>((onDone, onFailure) => {
    resolve = onDone;
    reject = onFailure;
  });
  return { promise, resolve, reject };
}
