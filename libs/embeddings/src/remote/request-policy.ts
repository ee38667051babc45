import {
  bulkhead,
  circuitBreaker,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  DelegateBackoff,
  handleWhen,
  isBrokenCircuitError,
  retry,
} from "cockatiel";
import { ModelUnavailableError } from "../embedding-model.js";
import { fullJitterMs } from "../full-jitter.js";
import { NothingSentError, RateLimitedError } from "./errors.js";
import { Pause } from "./pause.js";
import { toError } from "../to-error.js";

/** When to send again, and when to leave a server alone. */
export interface Patience {
  /** How often a request is sent again before the call fails. */
  readonly retries?: number;
  /** Bound of the first random wait; doubled each time. */
  readonly firstDelayMs?: number;
  readonly longestDelayMs?: number;
  /** So many failures of the server in a row open the circuit: nothing is sent for a while, and calls fail at once. */
  readonly failuresToOpen?: number;
  readonly openMs?: number;
}

interface RequestPolicyOptions extends Patience {
  readonly requestsInFlight: number;
}

/**
 * How requests go to one server: so many at once, never while it asks for a pause, again after passing failures, and
 * not at all for a while when it only fails.
 *
 * Sending again happens in two places. Here, a few times within seconds, for one request: an outage of a moment doesn't
 * cost the other requests of a call. What lasts longer fails the call with {@link ModelUnavailableError}, and the caller
 * repeats it for ever, visibly.
 */
export class RequestPolicy {
  readonly #pause = new Pause();
  readonly #circuit: CircuitBreakerPolicy;
  readonly #retries: ReturnType<typeof retry>;
  readonly #slots: ReturnType<typeof bulkhead>;
  #reopensAt = 0;

  constructor(options: RequestPolicyOptions) {
    const { requestsInFlight, retries = 3, firstDelayMs = 500, longestDelayMs = 8_000 } = options;
    const { failuresToOpen = 8, openMs = 15_000 } = options;
    this.#slots = bulkhead(requestsInFlight, Infinity);
    this.#retries = retry(
      handleWhen((error) => error instanceof ModelUnavailableError && !(error instanceof NothingSentError)),
      {
        maxAttempts: retries,
        backoff: new DelegateBackoff(({ attempt }) =>
          fullJitterMs(attempt, { firstMs: firstDelayMs, longestMs: longestDelayMs }),
        ),
      },
    ).dangerouslyUnref();
    this.#circuit = circuitBreaker(
      handleWhen((error) => error instanceof ModelUnavailableError && !(error instanceof RateLimitedError)),
      { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failuresToOpen) },
    );
    this.#circuit.onBreak(() => {
      this.#reopensAt = Date.now() + openMs;
    });
  }

  /** From now on, for all requests. */
  pause(milliseconds: number): void {
    this.#pause.extend(milliseconds);
  }

  /**
   * @param send one attempt; throws {@link ModelUnavailableError} for what may pass.
   * @throws what `send` throws at last. @throws {ModelUnavailableError} at once while the circuit is open.
   */
  async run<T>(send: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const attempt = async () => {
      signal.throwIfAborted();
      await this.#pause.wait(signal);
      return this.#throughCircuit(send);
    };
    return unlessAborted(
      this.#slots.execute(() => this.#retries.execute(attempt, signal)),
      signal,
    );
  }

  async #throughCircuit<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await this.#circuit.execute(send);
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error;
      const last = this.#circuit.lastFailure;
      const reason = last && "error" in last ? last.error.message : "it failed too often";
      const seconds = Math.max(1, Math.ceil((this.#reopensAt - Date.now()) / 1000));
      throw new NothingSentError(`Nothing is sent for another ${seconds} s, because requests only fail: ${reason}`);
    }
  }
}

/** Queues and waits of the policies don't look at the signal. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(toError(signal.reason));
    signal.addEventListener("abort", onAbort);
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
