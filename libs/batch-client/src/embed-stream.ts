import type { ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import type { BatchClient, EmbedRequestInput, EmbedResponse } from "./batch-protocol.js";
import { cancelWith, written } from "./open-call.js";

const END_TIMEOUT_MS = 1000;

/** One `Embed` call: a request, then its response, then the next request. */
export class EmbedStream {
  readonly #index: string;
  readonly #call: ClientDuplexStream<EmbedRequestInput, EmbedResponse>;
  readonly #responses: AsyncIterator<EmbedResponse>;
  readonly #release: () => void;

  constructor(client: BatchClient, metadata: Metadata, index: string, signal: AbortSignal | undefined) {
    this.#index = index;
    this.#call = client.embed(metadata);
    this.#release = cancelWith(this.#call, signal);
    this.#responses = (this.#call as AsyncIterable<EmbedResponse>)[Symbol.asyncIterator]();
  }

  /** @throws {ServiceError} */
  async ask(texts: { readonly id: string; readonly text: string }[]): Promise<EmbedResponse> {
    const response = this.#responses.next();
    // A call that has ended says so only by its responses.
    await Promise.race([written(this.#call, { index: this.#index, texts }), response]);
    const answered = await response;
    if (answered.done === true) throw new Error("The service ended the stream before all texts were answered.");
    return answered.value;
  }

  /** Lets the service end the call, and cancels it when that takes too long. */
  close(): void {
    const late = setTimeout(this.#release, END_TIMEOUT_MS);
    late.unref();
    this.#call.once("status", () => {
      clearTimeout(late);
      this.#release();
    });
    this.#call.end();
  }
}
