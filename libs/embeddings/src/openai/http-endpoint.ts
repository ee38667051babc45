import { errors, Pool } from "undici";
import { ModelUnavailableError } from "../embedding-model.js";
import { ModelMisconfiguredError } from "../remote/errors.js";
import { LinkedAbort } from "../remote/linked-abort.js";
import type { OpenAiModelSettings } from "./options.js";
import { toError } from "../to-error.js";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface HttpEndpointOptions extends Pick<OpenAiModelSettings, "url" | "apiVersion" | "timeouts"> {
  readonly connections: number;
  /** Of one answer; more is no embeddings. */
  readonly maxResponseBytes: number;
}

/** `POST …/embeddings` over connections that stay open. */
export class HttpEndpoint {
  readonly #pool: Pool;
  readonly #path: string;
  readonly #url: string;
  readonly #totalMs: number;

  constructor({ url, apiVersion, timeouts, connections, maxResponseBytes }: HttpEndpointOptions) {
    const { origin, pathname } = new URL(url);
    const query = apiVersion === undefined ? "" : `?api-version=${encodeURIComponent(apiVersion)}`;
    this.#url = url;
    this.#path = `${pathname.replace(/\/$/, "")}/embeddings${query}`;
    this.#totalMs = timeouts.totalSeconds * 1000;
    this.#pool = new Pool(origin, {
      connections,
      connect: { timeout: timeouts.connectSeconds * 1000 },
      headersTimeout: timeouts.readSeconds * 1000,
      bodyTimeout: timeouts.readSeconds * 1000,
      maxResponseSize: maxResponseBytes,
    });
  }

  /**
   * @throws {ModelUnavailableError} when there is no whole answer: no connection, a broken one, a time-out.
   * @throws {ModelMisconfiguredError} when no such key can be sent, or the answer is too large to be the vectors.
   * @throws the signal's reason.
   */
  async post(headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal): Promise<HttpAnswer> {
    const timeout = AbortSignal.timeout(this.#totalMs);
    const abort = new LinkedAbort([signal, timeout]);
    try {
      const response = await this.#pool.request({
        method: "POST",
        path: this.#path,
        headers: { "content-type": "application/json", accept: "application/json", ...headers },
        body,
        signal: abort.signal,
      });
      return { status: response.statusCode, headers: response.headers, body: await response.body.text() };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof errors.InvalidArgumentError) {
        throw new ModelMisconfiguredError(`The API key for ${this.#url} has characters that no key has.`);
      }
      if (error instanceof errors.ResponseExceededMaxSizeError) {
        throw new ModelMisconfiguredError(
          `The server at ${this.#url} answers more than the vectors of a request can be: check dimensions and url.`,
        );
      }
      throw new ModelUnavailableError(
        timeout.aborted
          ? `The server at ${this.#url} didn't answer within ${this.#totalMs / 1000} s.`
          : `The server at ${this.#url} can't be reached, or broke off its answer (${reasonOf(error)}).`,
        { cause: error },
      );
    } finally {
      abort.dispose();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = toError(error);
  const text = message === "" || message === "terminated" ? toError(cause ?? error).message || String(error) : message;
  return text.replace(/\.$/, "");
}
