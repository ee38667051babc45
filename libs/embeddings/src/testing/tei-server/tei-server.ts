import { Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { promisify } from "node:util";
import type { EmbeddingModel } from "../../embedding-model.js";
import type { EmbedHandlers } from "../../generated/tei/v1/Embed.js";
import type { EmbedRequest } from "../../generated/tei/v1/EmbedRequest.js";
import type { EmbedResponseInput } from "../../generated/tei/v1/EmbedResponse.js";
import type { EncodeRequest } from "../../generated/tei/v1/EncodeRequest.js";
import type { EncodeResponseInput } from "../../generated/tei/v1/EncodeResponse.js";
import type { InfoHandlers } from "../../generated/tei/v1/Info.js";
import type { InfoResponseInput } from "../../generated/tei/v1/InfoResponse.js";
import type { TokenizeHandlers } from "../../generated/tei/v1/Tokenize.js";
import { loadProtocol } from "../../tei/protocol.js";
import { StatusError } from "./status-error.js";

export interface TeiServerOptions {
  /** Does the work; without prefixes. */
  readonly model: EmbeddingModel;
  /** Any free one when absent. */
  readonly port?: number;
  readonly apiKey?: string;
  /** What it says of itself besides the model's own. */
  readonly info?: InfoResponseInput;
  /** Takes the next request only when the one before is answered. */
  readonly oneByOne?: boolean;
  /** Gives every answer, and then never ends the call. */
  readonly neverEnds?: boolean;
  /** Stands between a request and its answers, to misbehave. */
  readonly behaviour?: Behaviour;
}

export interface AskedText {
  readonly text: string;
  /** Which call it came in, and in which place of it, both from 0. */
  readonly call: number;
  readonly place: number;
}

/** @returns the answers to one text; one of them is right. @throws {StatusError} to end the call. */
export type Behaviour = (
  asked: AskedText,
  answer: () => Promise<EmbedResponseInput>,
) => Promise<readonly EmbedResponseInput[]>;

/** More characters than so many per token of the model's maximum are refused, or cut away where that is asked for. */
const CHARACTERS_PER_TOKEN = 250;

/**
 * A server with the API of Text Embeddings Inference and a real model, which answers and fails as that does
 * (`router/src/grpc/server.rs` and `core/src/tokenization.rs`): in the requests' order, and by an error that ends the call
 * in the place of the answer that it is about.
 */
export class TeiServer {
  readonly url: string;
  /** Every text that was asked for, in order. */
  readonly received: string[] = [];
  /** The largest number of texts that were asked for and not answered. */
  mostUnanswered = 0;
  readonly #server: Server;
  readonly #options: TeiServerOptions;
  #unanswered = 0;
  #calls = 0;

  private constructor(server: Server, port: number, options: TeiServerOptions) {
    this.url = `http://127.0.0.1:${port}`;
    this.#server = server;
    this.#options = options;
  }

  static async start(options: TeiServerOptions): Promise<TeiServer> {
    const server = new Server();
    const { Info, Embed, Tokenize } = loadProtocol();
    const bind = promisify(server.bindAsync.bind(server));
    const port = await bind(`127.0.0.1:${options.port ?? 0}`, ServerCredentials.createInsecure());
    const tei = new TeiServer(server, port, options);
    server.addService(Info.service, tei.#infoHandlers());
    server.addService(Embed.service, tei.#embedHandlers());
    server.addService(Tokenize.service, tei.#tokenizeHandlers());
    return tei;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** Ends all connections, and takes new ones. */
  reset(): void {
    this.#server.drain(new URL(this.url).host, 0);
  }

  /** At once, as when its process is killed. */
  kill(): void {
    this.#server.forceShutdown();
  }

  #infoHandlers(): Pick<InfoHandlers, "Info"> {
    const { model, info } = this.#options;
    const { name, revision, dtype } = model.identity;
    return {
      Info: (call, callback) => {
        if (!this.#mayEnter(call.metadata.get("authorization"))) callback(NO_ENTRY);
        else {
          callback(null, {
            ...{ version: "1.9.3", modelId: name, modelSha: revision, modelDtype: dtype },
            ...{ modelType: "MODEL_TYPE_EMBEDDING", maxInputLength: model.maxTokens, maxConcurrentRequests: 512 },
            ...info,
          });
        }
      },
    };
  }

  #embedHandlers(): Pick<EmbedHandlers, "EmbedStream"> {
    const { behaviour = behaveWell } = this.#options;
    return {
      EmbedStream: (stream) => {
        const call = this.#calls++;
        let place = 0;
        this.#answerInOrder(stream, async (request: EmbedRequest) => {
          const text = request.inputs;
          this.received.push(text);
          this.mostUnanswered = Math.max(this.mostUnanswered, ++this.#unanswered);
          try {
            return await behaviour({ text, call, place: place++ }, () => this.#embed(request));
          } finally {
            this.#unanswered -= 1;
          }
        });
      },
    };
  }

  #tokenizeHandlers(): Pick<TokenizeHandlers, "TokenizeStream"> {
    return {
      TokenizeStream: (call) =>
        this.#answerInOrder(call, async (request: EncodeRequest) => [await this.#tokenize(request)]),
    };
  }

  /** Works on all requests at the same time, and answers one after the other. */
  #answerInOrder<Request, Answer>(
    call: ServerDuplexStream<Request, Answer>,
    answer: (request: Request) => Promise<readonly Answer[]>,
  ): void {
    if (!this.#mayEnter(call.metadata.get("authorization"))) {
      call.emit("error", NO_ENTRY);
      return;
    }
    let last = Promise.resolve();
    let failed = false;
    call.on("data", (request: Request) => {
      if (this.#options.oneByOne) call.pause();
      const answers = answer(request).finally(() => call.resume());
      // Nobody may be listening yet when it fails.
      answers.catch(() => {});
      last = last
        .then(() => answers)
        .then(
          (ready) => {
            if (!failed) for (const one of ready) call.write(one);
          },
          (error: unknown) => {
            if (!failed) call.emit("error", error);
            failed = true;
          },
        );
    });
    if (this.#options.neverEnds) return;
    call.on("end", () => void last.then(() => (failed ? undefined : call.end())));
  }

  async #embed({ inputs, truncate }: EmbedRequest): Promise<EmbedResponseInput> {
    const { model } = this.#options;
    this.#refuseEmpty(inputs);
    if (!truncate) this.#refuseLong(inputs);
    const [embedding] = await model.embed([inputs.slice(0, this.#longest)], "document");
    if (!embedding) throw new StatusError(status.FAILED_PRECONDITION, "no result");
    return { embeddings: [...embedding.vector], metadata: { computeTokens: embedding.tokens } };
  }

  async #tokenize({ inputs }: EncodeRequest): Promise<EncodeResponseInput> {
    this.#refuseEmpty(inputs);
    this.#refuseLong(inputs);
    const [tokens = 0] = await this.#options.model.countTokens([inputs]);
    return { tokens: Array.from({ length: tokens }, (_, id) => ({ id })) };
  }

  get #longest(): number {
    return this.#options.model.maxTokens * CHARACTERS_PER_TOKEN;
  }

  #refuseEmpty(inputs: string): void {
    if (inputs === "") throw new StatusError(status.INVALID_ARGUMENT, "`inputs` cannot be empty");
  }

  #refuseLong(inputs: string): void {
    if (inputs.length <= this.#longest) return;
    const message = `\`inputs\` must have less than ${this.#longest} characters. Given: ${inputs.length}`;
    throw new StatusError(status.INVALID_ARGUMENT, message);
  }

  #mayEnter(authorization: readonly (string | Buffer)[]): boolean {
    const { apiKey } = this.#options;
    return apiKey === undefined || authorization[0] === `Bearer ${apiKey}`;
  }
}

const NO_ENTRY = new StatusError(status.UNAUTHENTICATED, "No valid auth token");

const behaveWell: Behaviour = async (_, answer) => [await answer()];
