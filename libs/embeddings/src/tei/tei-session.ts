import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { EmbedResponse } from "../generated/tei/v1/EmbedResponse.js";
import type { EncodeResponse } from "../generated/tei/v1/EncodeResponse.js";
import { type Patience, RequestPolicy } from "../remote/request-policy.js";
import { judgeCallError, pushbackMs } from "./call-error.js";
import type { TeiModelOptions } from "./options.js";
import { type ResumedExchange, resumedExchange } from "./resumed-exchange.js";
import { assertSameModel, type ServedModel, servedModel } from "./served-model.js";
import { TeiClient } from "./tei-client.js";
import { TextWindow } from "./text-window.js";

/** More than there are callers; what is bounded are texts. */
const STREAMS = 64;

/** One model of one server, for as long as the server keeps it. */
export class TeiSession {
  readonly served: ServedModel;
  readonly #client: TeiClient;
  readonly #policy: RequestPolicy;
  readonly #window: TextWindow;
  readonly #options: TeiModelOptions;

  private constructor(client: TeiClient, policy: RequestPolicy, served: ServedModel, options: TeiModelOptions) {
    this.served = served;
    this.#client = client;
    this.#policy = policy;
    this.#window = new TextWindow(options.window);
    this.#options = options;
  }

  /** @throws {ModelUnavailableError} @throws {ModelMisconfiguredError} */
  static async open(options: TeiModelOptions, patience: Patience): Promise<TeiSession> {
    const client = new TeiClient(options);
    const policy = new RequestPolicy({ requestsInFlight: STREAMS, ...patience });
    const { signal = new AbortController().signal } = options;
    try {
      const served = await policy.run(() => askForModel(client, options, signal), signal);
      return new TeiSession(client, policy, served, options);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** @throws the signal's reason. */
  embed<Result>(
    texts: readonly string[],
    read: (answer: EmbedResponse) => Result,
    signal: AbortSignal,
  ): Promise<ResumedExchange<Result>> {
    const { dimensions } = this.#options;
    const settings = { truncate: true, normalize: true, ...(dimensions === undefined ? {} : { dimensions }) };
    const requests = texts.map((inputs) => ({ inputs, ...settings }));
    return this.#exchange(requests, () => this.#client.embedStream(), read, signal);
  }

  /** How many tokens each text has, without special ones. @throws the signal's reason. */
  countTokens(texts: readonly string[], signal: AbortSignal): Promise<ResumedExchange<number>> {
    const requests = texts.map((inputs) => ({ inputs, addSpecialTokens: false }));
    const read = ({ tokens }: EncodeResponse) => tokens.length;
    return this.#exchange(requests, () => this.#client.tokenizeStream(), read, signal);
  }

  close(): void {
    this.#client.close();
  }

  #exchange<Request, Answer, Result>(
    requests: readonly Request[],
    call: () => ClientDuplexStream<Request, Answer>,
    read: (answer: Answer) => Result,
    signal: AbortSignal,
  ): Promise<ResumedExchange<Result>> {
    const open = async () => {
      // Behind an address that stays the same the server may have been replaced by one with another model.
      assertSameModel(this.served, await askForModel(this.#client, this.#options, signal));
      return call();
    };
    const judge = (error: unknown) => {
      this.#policy.pause(pushbackMs(error));
      return judgeCallError(error, this.#options);
    };
    const timeoutMs = this.#options.timeoutSeconds * 1000;
    return resumedExchange(requests, {
      ...{ open, read, judge, signal, timeoutMs, policy: this.#policy, window: this.#window },
    });
  }
}

async function askForModel(client: TeiClient, options: TeiModelOptions, signal: AbortSignal): Promise<ServedModel> {
  try {
    return servedModel(await client.info(signal), options);
  } catch (error) {
    throw judgeCallError(error, options);
  }
}
