import type { ClientReadableStream, ClientWritableStream } from "@grpc/grpc-js";

type OpenCall = Pick<ClientReadableStream<unknown>, "cancel"> & { on(event: "error", listener: () => void): unknown };

/** Ties a call to a signal. @returns ends the call, if it hasn't ended by itself. */
export function cancelWith(call: OpenCall, signal: AbortSignal | undefined): () => void {
  const cancel = () => call.cancel();
  // Whoever reads the stream gets the error; nobody has to hear of it again.
  call.on("error", () => undefined);
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel);
  return () => {
    signal?.removeEventListener("abort", cancel);
    cancel();
  };
}

/** Resolves when the message is on its way, which a slow receiver delays. */
export function written<T>(call: Pick<ClientWritableStream<T>, "write">, message: T): Promise<void> {
  return new Promise((resolve, reject) => {
    call.write(message, (error: Error | null | undefined) => (error ? reject(error) : resolve()));
  });
}
