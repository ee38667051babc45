import type { ServerReadableStream, ServerWritableStream } from "@grpc/grpc-js";

/** What a handler does its work with. */
export interface CallStream<Request, Response> {
  /** A request is taken only when the one before it is done: that holds the client up. */
  readonly requests: AsyncIterable<Request>;
  /** Resolves when it is on its way, which a slow reader delays. @throws the signal's reason. */
  readonly send: (response: Response) => Promise<void>;
  /** Aborted when the client has gone, its deadline is over or the service stops. */
  readonly signal: AbortSignal;
}

/**
 * One message at a time: gRPC's own buffer of 16 messages stays empty, and what waits for a slow reader is one chunk.
 * The callback comes when HTTP/2's flow control has let the message go.
 */
export function sendVia<Response>(
  call: Pick<ServerWritableStream<never, Response>, "write">,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  return orAborted(
    signal,
    new Promise((resolve, reject) => {
      call.write(response, (error: Error | null | undefined) => (error ? reject(error) : resolve()));
    }),
  );
}

/** @throws the signal's reason as soon as it is aborted; the work goes on then, unheard. */
export function orAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

/** Ends with the signal, too, which a stream by itself doesn't. */
export async function* requestsOf<Request>(
  call: ServerReadableStream<Request, unknown>,
  signal: AbortSignal,
): AsyncGenerator<Request, void, void> {
  // At its end the usual iterator destroys the stream, and a stream of both directions has its status to send yet.
  const iterator: AsyncIterator<Request> = call.iterator({ destroyOnReturn: false });
  for (;;) {
    const next = await orAborted(signal, iterator.next());
    if (next.done === true) return;
    yield next.value;
  }
}
