import { type ClientDuplexStream, credentials, Metadata } from "@grpc/grpc-js";
import type { EmbedRequestInput } from "../generated/tei/v1/EmbedRequest.js";
import type { EmbedResponse } from "../generated/tei/v1/EmbedResponse.js";
import type { EncodeRequestInput } from "../generated/tei/v1/EncodeRequest.js";
import type { EncodeResponse } from "../generated/tei/v1/EncodeResponse.js";
import type { InfoResponse } from "../generated/tei/v1/InfoResponse.js";
import { ModelMisconfiguredError } from "../remote/errors.js";
import type { TeiModelOptions } from "./options.js";
import { loadProtocol } from "./protocol.js";

/** While a channel waits before it connects again, every call fails at once; how long to wait is the callers' to say. */
const RECONNECT_MS = { first: 100, longest: 1_000 };

/** The calls that Freshet makes to a server, over one connection, which is made again when it is lost. */
export class TeiClient {
  readonly #clients: ReturnType<typeof openClients>;
  readonly #options: TeiModelOptions;

  constructor(options: TeiModelOptions) {
    this.#options = options;
    this.#clients = openClients(options);
  }

  /** @throws {ServiceError} */
  info(signal: AbortSignal): Promise<InfoResponse> {
    const deadline = Date.now() + this.#options.timeoutSeconds * 1000;
    return new Promise((resolve, reject) => {
      const call = this.#clients.info.info({}, this.#metadata(), { deadline }, (error, answer) => {
        signal.removeEventListener("abort", cancel);
        if (answer) resolve(answer);
        else reject(error ?? new Error("The server answered nothing."));
      });
      const cancel = () => call.cancel();
      signal.addEventListener("abort", cancel, { once: true });
    });
  }

  embedStream(): ClientDuplexStream<EmbedRequestInput, EmbedResponse> {
    return this.#clients.embed.embedStream(this.#metadata());
  }

  tokenizeStream(): ClientDuplexStream<EncodeRequestInput, EncodeResponse> {
    return this.#clients.tokenize.tokenizeStream(this.#metadata());
  }

  close(): void {
    this.#clients.info.close();
  }

  #metadata(): Metadata {
    const metadata = new Metadata();
    const apiKey = this.#options.apiKey?.();
    if (apiKey === undefined) return metadata;
    try {
      metadata.set("authorization", `Bearer ${apiKey}`);
    } catch {
      // Without the cause, which repeats the key.
      throw new ModelMisconfiguredError(`The API key for ${this.#options.url} has characters that no key has.`);
    }
    return metadata;
  }
}

function openClients({ url, timeoutSeconds }: TeiModelOptions) {
  const { protocol, hostname, port } = new URL(url);
  const address = `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
  const security = protocol === "https:" ? credentials.createSsl() : credentials.createInsecure();
  const { Info, Embed, Tokenize } = loadProtocol();
  const info = new Info(address, security, {
    "grpc.keepalive_time_ms": Math.ceil(timeoutSeconds * 250),
    "grpc.keepalive_timeout_ms": Math.ceil(timeoutSeconds * 250),
    "grpc.initial_reconnect_backoff_ms": RECONNECT_MS.first,
    "grpc.max_reconnect_backoff_ms": RECONNECT_MS.longest,
    // What is sent again is decided here: only what wasn't answered.
    "grpc.enable_retries": 0,
  });
  const channelOverride = info.getChannel();
  return {
    info,
    embed: new Embed(address, security, { channelOverride }),
    tokenize: new Tokenize(address, security, { channelOverride }),
  };
}
