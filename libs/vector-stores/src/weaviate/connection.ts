import type { WeaviateClient } from "weaviate-client";
import { loadClient } from "../client-package.js";
import { toStoreError } from "./failure.js";

const PACKAGE = "weaviate-client";

export interface ConnectionOptions {
  readonly url: string;
  readonly grpcUrl: string;
  readonly apiKey?: string | undefined;
  readonly requestTimeoutMs: number;
}

/** A Weaviate. Errors are the stores' own. */
export class Connection {
  /** For messages. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly #client: WeaviateClient;

  private constructor(client: WeaviateClient, { url, requestTimeoutMs }: ConnectionOptions) {
    this.url = url;
    this.timeoutMs = requestTimeoutMs;
    this.#client = client;
  }

  /** Asks nothing of the server. @throws {MissingClientError} when the client isn't installed. */
  static async open(options: ConnectionOptions): Promise<Connection> {
    const { default: weaviate } = await loadClient(PACKAGE, () => import("weaviate-client"));
    const { url, grpcUrl, apiKey, requestTimeoutMs } = options;
    const seconds = requestTimeoutMs / 1_000;
    const client = await weaviate.client({
      connectionParams: { http: placeOf(url), grpc: placeOf(grpcUrl) },
      timeout: { query: seconds, insert: seconds, init: seconds },
      skipInitChecks: true,
      ...(apiKey === undefined ? {} : { auth: new weaviate.ApiKey(apiKey) }),
    });
    return new Connection(client, options);
  }

  /** @throws what `toStoreError` makes of the client's errors. */
  async ask<T>(request: (client: WeaviateClient) => Promise<T>): Promise<T> {
    try {
      return await request(this.#client);
    } catch (error) {
      throw toStoreError(error, this.url);
    }
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function placeOf(url: string) {
  const { protocol, hostname, port, pathname } = new URL(url);
  const secure = protocol === "https:";
  return {
    host: hostname,
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    secure,
    path: pathname === "/" ? "" : pathname,
  };
}
