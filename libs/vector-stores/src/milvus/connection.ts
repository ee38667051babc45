import { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { requireSuccess, toStoreError } from "./failure.js";

/** gRPC would wait two minutes between its last attempts. */
const MAX_RECONNECT_MS = 5_000;

export interface ConnectionOptions {
  /** `http://host:19530`, or https. */
  readonly url: string;
  /** A token, or `user:password`. */
  readonly apiKey?: string | undefined;
  readonly database?: string | undefined;
  readonly requestTimeoutMs: number;
}

/** A Milvus, connected to when it is first needed. Errors are the stores' own. */
export class Connection {
  /** For messages. */
  readonly url: string;
  readonly timeoutMs: number;
  readonly #options: ConnectionOptions;
  #client: Promise<MilvusClient> | undefined;

  constructor(options: ConnectionOptions) {
    this.url = options.url;
    this.timeoutMs = options.requestTimeoutMs;
    this.#options = options;
  }

  async ask<T>(request: (client: MilvusClient) => Promise<T>): Promise<T> {
    try {
      const answer = await request(await this.#connected());
      requireSuccess(answer);
      return answer;
    } catch (error) {
      throw toStoreError(error, this.url);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.closeConnection();
  }

  /** A client that couldn't connect at first says so for ever; another one may. */
  #connected(): Promise<MilvusClient> {
    return (this.#client ??= this.#connect().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    }));
  }

  async #connect(): Promise<MilvusClient> {
    const { url, apiKey, database, requestTimeoutMs } = this.#options;
    const client = new MilvusClient({
      address: url,
      timeout: requestTimeoutMs,
      // Each attempt would have the whole time-out anew; whoever asks tries again by its own rules.
      maxRetries: 0,
      telemetry: { enabled: false },
      // It prints to the console.
      logLevel: "error",
      channelOptions: { "grpc.max_reconnect_backoff_ms": MAX_RECONNECT_MS },
      ...(apiKey === undefined ? {} : { token: apiKey }),
      ...(database === undefined ? {} : { database }),
    });
    try {
      await client.connectPromise;
    } catch (error) {
      await client.closeConnection();
      throw error;
    }
    return client;
  }
}
