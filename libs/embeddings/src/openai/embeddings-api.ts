import type { Embedding } from "../embedding-model.js";
import { RequestRefusedError } from "../remote/errors.js";
import type { CountedText } from "../remote/halving.js";
import { shareTokens } from "../remote/request-plan.js";
import type { RequestPolicy } from "../remote/request-policy.js";
import { type Answer, readAnswer } from "./answer.js";
import { HttpEndpoint } from "./http-endpoint.js";
import type { OpenAiModelOptions } from "./options.js";
import { statusError } from "./status-error.js";
import { waitingTime } from "./waiting-time.js";

/** Digits of one float in JSON, with room to spare. */
const BYTES_PER_FLOAT = 32;
const BYTES_BESIDE = 1_048_576;

/** One request to the server: what it says, what it waits for, and what becomes of the answer. */
export class EmbeddingsApi {
  readonly #options: OpenAiModelOptions;
  readonly #policy: RequestPolicy;
  readonly #endpoint: HttpEndpoint;
  /** Base64 is a quarter of the digits. Not every server knows it. */
  #base64: "unproven" | "understood" | "refused" = "unproven";

  constructor(options: OpenAiModelOptions, policy: RequestPolicy) {
    this.#options = options;
    this.#policy = policy;
    this.#endpoint = new HttpEndpoint({
      ...options,
      connections: options.requestsInFlight,
      maxResponseBytes: BYTES_BESIDE + options.batch.items * options.dimensions * BYTES_PER_FLOAT,
    });
  }

  /** @throws as {@link RequestPolicy.run}, `statusError` and `readAnswer` do. */
  async send(texts: readonly CountedText[], signal: AbortSignal): Promise<Embedding[]> {
    const { vectors, billedTokens } = await this.#policy.run(() => this.#attempt(texts, signal), signal);
    const counts = texts.map(({ tokens }) => tokens);
    const tokens = billedTokens === undefined ? counts : shareTokens(billedTokens, counts);
    return vectors.map((vector, i) => ({ vector, tokens: tokens[i] ?? 0 }));
  }

  async close(): Promise<void> {
    await this.#endpoint.close();
  }

  async #attempt(texts: readonly CountedText[], signal: AbortSignal): Promise<Answer> {
    const base64 = this.#base64 !== "refused";
    try {
      const answer = await this.#post(texts, base64, signal);
      if (base64) this.#base64 = "understood";
      return answer;
    } catch (error) {
      if (this.#base64 !== "unproven" || !(error instanceof RequestRefusedError)) throw error;
      const answer = await this.#post(texts, false, signal);
      this.#base64 = "refused";
      return answer;
    }
  }

  async #post(texts: readonly CountedText[], base64: boolean, signal: AbortSignal): Promise<Answer> {
    const { name, dimensions, sendDimensions, apiKey } = this.#options;
    const key = apiKey?.();
    const request = {
      model: name,
      input: texts.map(({ text }) => text),
      ...(base64 ? { encoding_format: "base64" } : {}),
      ...(sendDimensions ? { dimensions } : {}),
    };
    const { status, headers, body } = await this.#endpoint.post(this.#headers(key), JSON.stringify(request), signal);
    this.#policy.pause(
      waitingTime(
        headers,
        texts.reduce((sum, { tokens }) => sum + tokens, 0),
      ),
    );
    if (status !== 200) throw statusError(status, body, this.#options, key);
    return readAnswer(body, texts.length, this.#options);
  }

  #headers(key: string | undefined): Record<string, string> {
    const { authentication } = this.#options;
    if (key === undefined) return {};
    switch (authentication) {
      case "bearer":
        return { authorization: `Bearer ${key}` };
      case "api-key":
        return { "api-key": key };
      default:
        return authentication satisfies never;
    }
  }
}
