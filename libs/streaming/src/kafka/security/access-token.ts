import { FatalError } from "../../errors.js";

export interface AccessToken {
  readonly value: string;
  /** What to call it when it is of no use. */
  readonly name: string;
  /** In ms since 1970; null when the token doesn't say. */
  readonly expiresAt: number | null;
}

/** Where tokens come from. */
export interface AccessTokens {
  /**
   * For one login.
   *
   * @throws {RetriableError} when there is none for now. @throws {FatalError} when a person must act.
   */
  current(): Promise<AccessToken>;
}

/** kafkajs logs in again this long before the end of what a broker accepted. */
export const REAUTHENTICATION_THRESHOLD_MS = 5_000;
/** What a login needs of a token: kafkajs would repeat it at once, and brokers refuse that within a second. */
export const MIN_LIFE_MS = REAUTHENTICATION_THRESHOLD_MS + 2_000;

/** What a bearer token may be made of: RFC 6750, section 2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** @throws {FatalError} when the text, which isn't shown, is no token. */
export function parseAccessToken(text: string, name: string): AccessToken {
  const value = text.trim();
  if (!BEARER_TOKEN.test(value)) throw new FatalError(`${name} is no bearer token.`);
  return { value, name, expiresAt: expiry(value) };
}

/** Of a JSON Web Token: RFC 7519, section 4.1.4. Other tokens are their issuer's secret. */
function expiry(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const isObject = typeof claims === "object" && claims !== null;
    return isObject && "exp" in claims && typeof claims.exp === "number" ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}
