import type { ClientDuplexStream } from "@grpc/grpc-js";
import { ModelUnavailableError } from "../embedding-model.js";

import type { RequestPolicy } from "../remote/request-policy.js";
import { exchange, WrongCountError } from "./exchange.js";
import type { TextWindow } from "./text-window.js";
import { toError } from "../to-error.js";

export interface ResumedExchangeOptions<Request, Answer, Result> {
  /** Opens a call, again after each failure. */
  readonly open: () => Promise<ClientDuplexStream<Request, Answer>>;
  readonly read: (answer: Answer) => Result;
  readonly judge: (error: unknown) => Error;
  readonly policy: RequestPolicy;
  readonly window: TextWindow;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface ResumedExchange<Result> {
  /** Of the first requests, in order. */
  readonly results: readonly Result[];
  /** Why there is none for the next. */
  readonly failure?: Error;
}

/**
 * Exchanges requests for answers, over as many calls as it takes: after a failure that may pass, what wasn't answered is
 * sent again, and nothing else. It gives up when the policy does and nothing was answered since.
 *
 * @throws the signal's reason.
 */
export async function resumedExchange<Request, Answer, Result>(
  requests: readonly Request[],
  { open, read, judge, policy, window, timeoutMs, signal }: ResumedExchangeOptions<Request, Answer, Result>,
): Promise<ResumedExchange<Result>> {
  const results: Result[] = [];
  const attempt = async () => {
    const start = results.length;
    // All were answered; only the end of the call was missing.
    if (start === requests.length) return;
    const take = (answer: Answer) => void results.push(read(answer));
    try {
      await exchange(await open(), requests.slice(start), { window, timeoutMs, signal, take });
    } catch (error) {
      if (error instanceof WrongCountError) results.length = start;
      throw judge(error);
    }
  };
  while (results.length < requests.length) {
    const start = results.length;
    try {
      await policy.run(attempt, signal);
    } catch (error) {
      signal.throwIfAborted();
      const passing = error instanceof ModelUnavailableError && results.length > start;
      if (!passing) return { results, failure: toError(error) };
    }
  }
  return { results };
}
