import { LinkedAbort } from "@freshet/embeddings/remote/linked-abort";
import { isSameSecret } from "@freshet/process/same-secret";
import { status, type Metadata, type ServerReadableStream, type StatusObject } from "@grpc/grpc-js";
import type { Logger } from "@freshet/streaming/logger";
import type { BatchMetrics, Rpc } from "./batch-metrics.js";
import { CallError, toStatus } from "./call-error.js";
import { StreamRecord } from "./stream-record.js";

export type Call = Pick<ServerReadableStream<unknown, unknown>, "getPeer" | "cancelled" | "metadata"> & {
  on(event: "cancelled", listener: () => void): unknown;
};

export interface CallRunnerOptions {
  readonly metrics: BatchMetrics;
  readonly logger: Logger;
  readonly apiKey: string | undefined;
}

export interface CallContext {
  /** Aborted when the client has gone, its deadline is over or the service stops. */
  readonly signal: AbortSignal;
  readonly record: StreamRecord;
}

type CallResult<T> = { readonly value: T } | { readonly failure: Pick<StatusObject, "code" | "details"> };

/** What all calls have in common: who may call, when a call is over, what the log and the metrics say of it. */
export class CallRunner {
  readonly #options: CallRunnerOptions;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(options: CallRunnerOptions) {
    this.#options = options;
  }

  /** Ends what runs, and refuses what comes: the client is to call again. */
  stop(): void {
    this.#stopped.abort(new CallError(status.UNAVAILABLE, "The service stops; call again and go on."));
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Never rejects. */
  run<T>(rpc: Rpc, call: Call, work: (context: CallContext) => Promise<T>): Promise<CallResult<T>> {
    const result = this.#run(rpc, call, work);
    this.#running.add(result);
    return result.finally(() => this.#running.delete(result));
  }

  async #run<T>(rpc: Rpc, call: Call, work: (context: CallContext) => Promise<T>): Promise<CallResult<T>> {
    const { apiKey, logger, metrics } = this.#options;
    const record = new StreamRecord({ metrics, logger, rpc, peer: call.getPeer() });
    const until = new LinkedAbort([this.#stopped.signal]);
    const { signal } = until;
    const cancel = () => until.abort(new CallError(status.CANCELLED, "The client has ended the call."));
    call.on("cancelled", cancel);
    if (call.cancelled) cancel();
    try {
      requireKey(call.metadata, apiKey);
      signal.throwIfAborted();
      const value = await work({ signal, record });
      record.ended("OK");
      return { value };
    } catch (error) {
      const failure = toStatus(signal.aborted ? signal.reason : error);
      const reason = error instanceof Error ? error.message : String(error);
      record.ended(status[failure.code], reason);
      return { failure };
    } finally {
      until.dispose();
    }
  }
}

function requireKey(metadata: Metadata, apiKey: string | undefined): void {
  if (apiKey === undefined) return;
  const given = metadata.get("authorization").join();
  if (!isSameSecret(given, `Bearer ${apiKey}`))
    throw new CallError(status.UNAUTHENTICATED, 'The metadata must have "authorization: Bearer …" with the API key.');
}
