import { AdminClient, ChromaClient, type ChromaClientArgs } from "chromadb";
import { isMissing, toStoreError } from "./failure.js";

type Checks = Awaited<ReturnType<ChromaClient["getPreflightChecks"]>>;

export interface ChromaAddress {
  readonly url: string;
  readonly apiKey?: string | undefined;
  readonly tenant: string;
  readonly database: string;
}

/** The official client, with a time-out for each request: it has none of its own. */
export class ChromaConnection {
  readonly address: ChromaAddress;
  readonly timeoutMs: number;
  /** What the client asks the server before the first write; all of ours share it. */
  #checks: Checks | undefined;

  /** Asks nothing of the server. @throws when the client can't use such a URL. */
  constructor(address: ChromaAddress, timeoutMs: number) {
    if (new URL(address.url).pathname !== "/") {
      throw new Error(`Chroma's client takes no path: let FRESHET_CHROMA_URL end with the port (${address.url}).`);
    }
    this.address = address;
    this.timeoutMs = timeoutMs;
  }

  /** How many points the server takes at once. */
  async maxBatch(): Promise<number> {
    this.#checks ??= await this.ask((client) => client.getPreflightChecks());
    return this.#checks.max_batch_size;
  }

  /** @throws what `toStoreError` makes of the client's errors. */
  async ask<T>(request: (client: ChromaClient) => Promise<T>): Promise<T> {
    try {
      return await request(this.#client());
    } catch (error) {
      throw toStoreError(error, this.address.url);
    }
  }

  /** Without its database the server answers as if it were empty. @throws when it isn't there. */
  async requireDatabase(): Promise<void> {
    const { url, tenant, database } = this.address;
    try {
      await new AdminClient(this.#args()).getDatabase({ name: database, tenant });
    } catch (error) {
      if (!isMissing(error)) throw toStoreError(error, url);
      throw new Error(
        `Chroma at ${url} has no database ${database} of a tenant ${tenant}: create it, or correct the store's settings.`,
        { cause: error },
      );
    }
  }

  #client(): ChromaClient {
    const client = new ChromaClient(this.#args());
    const checks = this.#checks;
    if (checks) client.getPreflightChecks = () => Promise.resolve(checks);
    return client;
  }

  #args() {
    const { url, apiKey, tenant, database } = this.address;
    const { protocol, hostname, port } = new URL(url);
    const ssl = protocol === "https:";
    return {
      host: hostname,
      port: port === "" ? (ssl ? 443 : 80) : Number(port),
      ssl,
      tenant,
      database,
      headers: apiKey === undefined ? {} : { "x-chroma-token": apiKey },
      fetchOptions: { signal: AbortSignal.timeout(this.timeoutMs) },
    } satisfies ChromaClientArgs;
  }
}
