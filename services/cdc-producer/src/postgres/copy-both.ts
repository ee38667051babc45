import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type pg from "pg";

/**
 * What pg's connection does and its types don't say: it parses CopyBoth, hands out each CopyData message and can send
 * one. `copy-both.pg.test.ts` holds the pinned version to it.
 */
interface ReplicatingConnection extends EventEmitter {
  /** Another one after the change to TLS. */
  readonly stream: Duplex;
  sendCopyFromChunk(chunk: Buffer): void;
}

/** A connection in the state that START_REPLICATION brings it to: both sides send CopyData. */
export class CopyBoth {
  readonly #connection: ReplicatingConnection;
  /** Never resolves; rejects with the server's error, or when the stream or the connection ended. */
  readonly failed: Promise<never>;

  private constructor(connection: ReplicatingConnection, failed: Promise<never>) {
    this.#connection = connection;
    this.failed = failed;
    failed.catch(() => undefined);
  }

  /**
   * @param onData gets each message synchronously; the chunk is a view into a buffer that is used again. When it throws,
   *   the connection is cut.
   * @throws what the server answered, when it doesn't start.
   */
  static async start(client: pg.Client, command: string, onData: (chunk: Buffer) => void): Promise<CopyBoth> {
    const connection = client.connection as unknown as ReplicatingConnection;
    const broken = new Promise<never>((_, reject) => {
      connection.on("copyData", ({ chunk }: { readonly chunk: Buffer }) => {
        try {
          onData(chunk);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
          connection.stream.destroy();
        }
      });
    });
    const started = new Promise<void>((resolve) => {
      connection.once("replicationStart", () => resolve());
    });
    const ended = client.query(command).then(() => {
      throw new Error("Postgres ended the stream");
    });
    const failed = Promise.race([broken, ended]);
    await Promise.race([started, failed]);
    return new CopyBoth(connection, failed);
  }

  send(chunk: Buffer): void {
    this.#connection.sendCopyFromChunk(chunk);
  }

  /** Stops reading from the socket, so that the server stops sending; messages read before still come. */
  pause(): void {
    this.#connection.stream.pause();
  }

  resume(): void {
    this.#connection.stream.resume();
  }

  destroy(error: Error): void {
    this.#connection.stream.destroy(error);
  }
}
