import type pg from "pg";
import { decodeFrame, encodeStatusUpdate, type Frame } from "../replication/frames.js";
import { formatLsn } from "@freshet/postgres/lsn";
import { decodePgoutput, type PgoutputMessage } from "../replication/pgoutput.js";
import { CopyBoth } from "./copy-both.js";
import { quoteIdentifier, quoteLiteral } from "@freshet/postgres/session";

/** In the order of the WAL. A keepalive says that all before `walEnd` has been sent. */
export type StreamItem =
  | { readonly kind: "change"; readonly lsn: bigint; readonly message: PgoutputMessage }
  | { readonly kind: "keepalive"; readonly walEnd: bigint };

export interface StreamOptions {
  readonly slot: string;
  readonly publication: string;
  /** Where to start; the server starts later when more has been confirmed to it. */
  readonly startLsn: bigint;
  /** How often the server hears from us, in ms. */
  readonly statusIntervalMs: number;
  /** How long the server may be silent, asked at each interval, before the connection is given up, in ms. */
  readonly silenceLimitMs: number;
  /** Of undecoded messages that wait for `next`; above it the socket is paused. */
  readonly maxPendingBytes: number;
}

/**
 * The slot's changes, pulled. A consumer that is slow makes the socket pause; the server hears from us all the same, on
 * a timer, so it doesn't take a slow Kafka for a dead client.
 */
export class ReplicationStream {
  readonly #options: StreamOptions;
  #copy: CopyBoth | null = null;
  #items: StreamItem[] = [];
  #bytes = 0;
  #paused = false;
  #confirmed: bigint;
  #lastHeard = performance.now();
  #wake: (() => void) | null = null;
  #failure: Error | null = null;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: StreamOptions) {
    this.#options = options;
    this.#confirmed = options.startLsn;
  }

  /**
   * @param explain makes of the server's answer what is thrown here and by `next`.
   * @throws what the server answered, when it doesn't start.
   */
  static async start(
    client: pg.Client,
    options: StreamOptions,
    explain: (error: Error) => Error,
  ): Promise<ReplicationStream> {
    const stream = new ReplicationStream(options);
    const names = quoteLiteral(quoteIdentifier(options.publication));
    const command =
      `START_REPLICATION SLOT ${quoteIdentifier(options.slot)} LOGICAL ${formatLsn(options.startLsn)} ` +
      `(proto_version '1', publication_names ${names})`;
    try {
      const copy = await CopyBoth.start(client, command, (chunk) => stream.#receive(chunk));
      stream.#attach(copy, explain);
      return stream;
    } catch (error) {
      throw explain(error as Error);
    }
  }

  /** Resolves with what has arrived since the last call, at least one item. @throws why the stream ended. */
  async next(): Promise<readonly StreamItem[]> {
    while (this.#items.length === 0 && this.#failure === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== null) throw this.#failure;
    const items = this.#items;
    this.#items = [];
    this.#bytes = 0;
    if (this.#paused) this.#resume();
    return items;
  }

  /** Tells the server at once that everything before `lsn` needn't come again. */
  confirm(lsn: bigint): void {
    if (lsn <= this.#confirmed) return;
    this.#confirmed = lsn;
    this.#sendStatus(false);
  }

  /** Asks the server how far it has read and sent: it answers with a keepalive, in line with the changes. */
  requestKeepalive(): void {
    if (this.#failure === null) this.#sendStatus(true);
  }

  /** Ends the timer; the connection is its owner's to close. `next` then throws. */
  stop(): void {
    this.#fail(new Error("the stream was stopped"));
  }

  #attach(copy: CopyBoth, explain: (error: Error) => Error): void {
    this.#copy = copy;
    if (this.#paused) copy.pause();
    copy.failed.catch((error: unknown) => this.#fail(explain(error as Error)));
    this.#timer = setInterval(() => this.#tick(), this.#options.statusIntervalMs);
    this.#sendStatus(true);
  }

  #tick(): void {
    const silence = performance.now() - this.#lastHeard;
    if (!this.#paused && silence > this.#options.silenceLimitMs) {
      const error = new Error(`Postgres has said nothing for ${Math.round(silence / 1000)} s`);
      this.#copy?.destroy(error);
      this.#fail(error);
      return;
    }
    // Asking for a reply makes silence mean something: a server with nothing to say would be silent too.
    this.#sendStatus(true);
  }

  #receive(chunk: Buffer): void {
    this.#lastHeard = performance.now();
    this.#push(decodeFrame(chunk), chunk.length);
  }

  #push(frame: Frame, bytes: number): void {
    if (frame.kind === "data") {
      this.#items.push({ kind: "change", lsn: frame.lsn, message: decodePgoutput(frame.payload) });
    } else {
      if (frame.replyRequested) this.#sendStatus(false);
      // In line with the changes: it may only be believed once those before it have been handled.
      this.#items.push({ kind: "keepalive", walEnd: frame.walEnd });
    }
    this.#bytes += bytes;
    if (this.#bytes > this.#options.maxPendingBytes && !this.#paused) {
      this.#paused = true;
      this.#copy?.pause();
    }
    this.#notify();
  }

  #resume(): void {
    this.#paused = false;
    // The server could not be heard meanwhile.
    this.#lastHeard = performance.now();
    this.#copy?.resume();
  }

  #sendStatus(replyRequested: boolean): void {
    this.#copy?.send(encodeStatusUpdate({ confirmed: this.#confirmed, now: Date.now(), replyRequested }));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    clearInterval(this.#timer);
    this.#notify();
  }

  #notify(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
