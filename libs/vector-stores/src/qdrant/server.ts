import { QdrantClient } from "@qdrant/js-client-rest";
import { runInFlight } from "../in-flight.js";
import type { BeforeWrite } from "../vector-store.js";
import { statusOf, toStoreError } from "./failure.js";
import type { CollectionInfo } from "./settings.js";

export const REQUESTS_IN_FLIGHT = 3;
const REQUEST_TIMEOUT_MS = 15_000;

export interface ServerOptions {
  readonly url: string;
  readonly apiKey?: string | undefined;
  /** 15,000 unless given; shorter than a consumer's session, so that a write can't outlive it. */
  readonly requestTimeoutMs?: number | undefined;
}

/** One Qdrant, by its client; every failure is as the port has it. */
export class QdrantServer {
  readonly url: string;
  readonly #client: QdrantClient;
  readonly #timeoutMs: number;

  constructor({ url, apiKey, requestTimeoutMs = REQUEST_TIMEOUT_MS }: ServerOptions) {
    this.url = url;
    this.#timeoutMs = requestTimeoutMs;
    this.#client = new QdrantClient({
      ...addressOf(url),
      timeout: requestTimeoutMs,
      // It would print to the console; see requireVersion.
      checkCompatibility: false,
      ...(apiKey === undefined ? {} : { apiKey }),
    });
  }

  async ask<T>(request: (client: QdrantClient) => Promise<T>): Promise<T> {
    try {
      return await request(this.#client);
    } catch (error) {
      throw toStoreError(error, this.url);
    }
  }

  /** Null when there is no such collection. */
  infoOf(collection: string): Promise<CollectionInfo | null> {
    return this.ask((client) =>
      client.getCollection(collection).catch((error: unknown) => {
        if (statusOf(error) === 404) return null;
        throw error;
      }),
    );
  }

  /** Several at once; resolves when all have been answered. */
  send<R>(
    requests: Iterable<R>,
    beforeWrite: BeforeWrite,
    send: (client: QdrantClient, request: R) => Promise<unknown>,
  ): Promise<void> {
    const tasks = (function* (server: QdrantServer) {
      for (const request of requests) {
        yield () => {
          beforeWrite(server.#timeoutMs);
          return server.ask((client) => send(client, request));
        };
      }
    })(this);
    return runInFlight(REQUESTS_IN_FLIGHT, tasks);
  }
}

/** As the client takes it: a path apart, which it would drop, and no port where it would choose 6333 against the URL. */
export function addressOf(url: string) {
  const { origin, pathname } = new URL(url);
  const prefix = pathname.replace(/\/+$/, "");
  const usualPort = /^(http:\/\/[^/]+:80|https:\/\/[^/]+:443)(\/|$)/i.test(url);
  return { url: origin, ...(prefix === "" ? {} : { prefix }), ...(usualPort ? { port: null } : {}) };
}
