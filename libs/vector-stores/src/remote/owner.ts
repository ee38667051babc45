import { parseJson } from "@freshet/schemas/lossless-json";
import { InputRefusedError, StoreUnavailableError } from "../errors.js";
import { operationPath, refusal, type Operation, type OwnerOperation } from "./protocol.js";

const TIMEOUT_MS = 30_000;

/** The process that owns a store. */
export interface StoreOwner {
  /** Where it answers, without a slash at its end. */
  readonly url: string;
  /** The store's name in freshet.yaml. */
  readonly store: string;
  /** That it asks for. */
  readonly apiKey?: string | undefined;
}

/**
 * What it answers to a request about its store, as JSON.
 *
 * @throws {StoreUnavailableError} when it can't now. @throws {InputRefusedError} when the store refuses what is asked.
 */
export async function askOwner(
  { url, store, apiKey }: StoreOwner,
  {
    operation,
    body,
    timeoutMs = TIMEOUT_MS,
  }: { operation: Operation | OwnerOperation; body: object; timeoutMs?: number },
): Promise<unknown> {
  const authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const answered = fetch(url + operationPath(store, operation), {
    method: "POST",
    headers: { "content-type": "application/json", ...authorization },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  }).then(async (response) => ({ response, text: await response.text() }));
  const { response, text } = await answered.catch((cause: unknown) => {
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    const reason = isLate
      ? `doesn't answer ${operation} within ${timeoutMs / 1000} s at ${url}; see the log of the vector-sink that owns it`
      : `can't be reached at ${url}: start the vector-sink that owns it, or set FRESHET_ZVEC_URL.`;
    throw new StoreUnavailableError(`The store ${store} ${reason}`, { cause });
  });
  if (response.ok) return parseJson(text);
  if (response.status === 422) throw new InputRefusedError(refusal.parse(parseJson(text)).error);
  if (response.status === 401) {
    throw new Error(
      `The vector-sink that owns the store ${store} asks for another key at ${url}: set FRESHET_ZVEC_API_KEY to its own.`,
    );
  }
  const message = `The store ${store} at ${url} answered ${response.status} to ${operation}: ${text.slice(0, 300)}`;
  throw response.status >= 500 || response.status === 429 ? new StoreUnavailableError(message) : new Error(message);
}
