import type { Admin } from "kafkajs";
import { type KafkaConnection, REQUEST_TIMEOUT_MS, openKafka } from "./connection.js";
import { type Doing, translated } from "./errors.js";

/**
 * kafkajs' admin, connected when it is needed and made anew after each failure: it keeps topics that have gone in its
 * metadata and then refuses everything.
 */
export class AdminClient {
  readonly #connection: KafkaConnection;
  #admin: Promise<Admin> | null = null;

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
  }

  /** @throws {RetriableError} @throws {FatalError} */
  async ask<T>(doing: Omit<Doing, "connection">, question: (admin: Admin) => Promise<T>): Promise<T> {
    const connected = (this.#admin ??= this.#connect());
    try {
      return await question(await connected);
    } catch (error) {
      if (this.#admin === connected) this.#admin = null;
      disconnect(connected);
      throw translated(error, { ...doing, connection: this.#connection });
    }
  }

  close(): Promise<void> {
    const connected = this.#admin;
    this.#admin = null;
    if (connected !== null) disconnect(connected);
    return Promise.resolve();
  }

  async #connect(): Promise<Admin> {
    const retry = { retries: 2, initialRetryTime: 100, maxRetryTime: 1000 };
    const admin = openKafka(this.#connection, { requestTimeoutMs: REQUEST_TIMEOUT_MS, retry }).admin();
    await admin.connect();
    return admin;
  }
}

/** In the background: a broken connection isn't worth waiting for. */
function disconnect(connected: Promise<Admin>): void {
  void connected.then((admin) => admin.disconnect()).catch(() => undefined);
}
