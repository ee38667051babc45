import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Admin } from "kafkajs";
import { type KafkaConnection, REQUEST_TIMEOUT_MS, openKafka } from "./connection.js";
import { type Doing, isMoving, translated } from "./errors.js";

const MOVING_TIMEOUT_MS = 10_000;
const MOVING_POLL_MS = 100;

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

  /**
   * Asks again for a few seconds while leaders or coordinators are on the move, as they are for new topics.
   *
   * @throws {RetriableError} @throws {FatalError}
   */
  async ask<T>(doing: Omit<Doing, "connection">, question: (admin: Admin) => Promise<T>): Promise<T> {
    for (const deadline = performance.now() + MOVING_TIMEOUT_MS; ;) {
      try {
        return await this.#askOnce(question);
      } catch (error) {
        if (isMoving(error) && performance.now() < deadline) await sleep(MOVING_POLL_MS);
        else throw translated(error, { ...doing, connection: this.#connection });
      }
    }
  }

  close(): Promise<void> {
    const connected = this.#admin;
    this.#admin = null;
    if (connected !== null) disconnect(connected);
    return Promise.resolve();
  }

  async #askOnce<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const connected = (this.#admin ??= this.#connect());
    try {
      return await question(await connected);
    } catch (error) {
      if (this.#admin === connected) this.#admin = null;
      disconnect(connected);
      throw error;
    }
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
