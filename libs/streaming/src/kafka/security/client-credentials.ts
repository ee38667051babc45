import { FatalError, RetriableError } from "../../errors.js";
import { type AccessToken, type AccessTokens, MIN_LIFE_MS, parseAccessToken } from "./access-token.js";
import { askSecret, type Secret } from "./secret.js";

/** As Kafka's own clients have them: `sasl.oauthbearer.token.endpoint.url`, client id and secret, scope. */
export interface ClientCredentials {
  /** Of the token endpoint. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope?: string;
}

const REQUEST_TIMEOUT_MS = 10_000;

/** What RFC 6749, sections 5.1 and 5.2, lets an endpoint answer; all of it may be missing. */
interface TokenAnswer {
  readonly access_token?: unknown;
  /** In seconds. */
  readonly expires_in?: unknown;
  readonly error?: unknown;
}

/** Tokens from an endpoint, by the client-credentials grant of RFC 6749, section 4.4. */
export class ClientCredentialsGrant implements AccessTokens {
  readonly #credentials: ClientCredentials;
  #held: { readonly token: AccessToken; readonly renewAt: number } | null = null;
  #asking: Promise<AccessToken> | null = null;

  constructor(credentials: ClientCredentials) {
    this.#credentials = credentials;
  }

  /** The connections that a client opens share a token. */
  async current(): Promise<AccessToken> {
    if (this.#held !== null && Date.now() < this.#held.renewAt) return this.#held.token;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    return this.#asking;
  }

  async #ask(): Promise<AccessToken> {
    const askedAt = Date.now();
    const token = await this.#request();
    const { expiresAt } = token;
    if (expiresAt === null) return token;
    // Not to its end: what logs in again then needs a younger one.
    this.#held = { token, renewAt: Math.min((askedAt + expiresAt) / 2, expiresAt - MIN_LIFE_MS) };
    return token;
  }

  async #request(): Promise<AccessToken> {
    const response = await this.#post();
    const answer = await answerOf(response);
    if (!response.ok) throw this.#refusal(response.status, answer.error);
    if (typeof answer.access_token !== "string") throw new FatalError(`No token is in what ${this.#endpoint} answers.`);
    const token = parseAccessToken(answer.access_token, `What ${this.#endpoint} answers`);
    const { expires_in: seconds } = answer;
    return typeof seconds === "number" ? { ...token, expiresAt: Date.now() + seconds * 1000 } : token;
  }

  async #post(): Promise<Response> {
    const { url, clientId, clientSecret, scope } = this.#credentials;
    const body = new URLSearchParams({ grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }) });
    // Not percent-encoded, which RFC 6749 wants and Kafka's clients don't do either.
    const login = Buffer.from(`${clientId}:${askSecret(clientSecret)}`).toString("base64");
    const headers = { Accept: "application/json", Authorization: `Basic ${login}` };
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    try {
      return await fetch(url, { method: "POST", redirect: "error", headers, body, signal });
    } catch (error) {
      throw new RetriableError(`No answer comes from ${this.#endpoint} (${reasonOf(error)}).`);
    }
  }

  #refusal(status: number, reason: unknown): Error {
    const sentence = `No token comes from ${this.#endpoint} (${status}${isErrorCode(reason) ? ` ${reason}` : ""})`;
    if (status === 429 || status >= 500) return new RetriableError(`${sentence}.`);
    return new FatalError(`${sentence}: check its address, the client's id and secret, and the scope.`);
  }

  /** Without what a URL may carry besides. */
  get #endpoint(): string {
    const { origin, pathname } = new URL(this.#credentials.url);
    return `the token endpoint ${origin}${pathname}`;
  }
}

async function answerOf(response: Response): Promise<TokenAnswer> {
  const answer: unknown = await response.json().catch(() => null);
  return typeof answer === "object" && answer !== null ? answer : {};
}

/** RFC 6749, section 5.2; whatever else an endpoint says may repeat what it was sent. */
function isErrorCode(reason: unknown): reason is string {
  return typeof reason === "string" && /^[a-z_]{1,40}$/.test(reason);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return "code" in cause ? String(cause.code) : cause.message;
}
