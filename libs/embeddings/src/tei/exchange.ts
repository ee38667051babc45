import type { ClientDuplexStream } from "@grpc/grpc-js";
import { once } from "node:events";
import { ModelUnavailableError } from "../embedding-model.js";
import type { TextWindow } from "./text-window.js";

/** Which answer belongs to which request can't be told any more, so nothing of the call is to be kept. */
export class WrongCountError extends ModelUnavailableError {}

export interface ExchangeOptions<Answer> {
  readonly window: TextWindow;
  /** The longest wait for the next answer while requests are with the server, and for the call's end after the last. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Gets the answers one by one, in the requests' order. */
  readonly take: (answer: Answer) => void;
}

/**
 * Sends requests over one streaming call whose answers come in the same order: never more unanswered ones than the
 * window allows, and never faster than the server reads.
 *
 * @throws {ServiceError} when the server ends the call: it is about the first request without an answer, or about the
 * connection. @throws {ModelUnavailableError} when answers fail to come. @throws the signal's reason.
 */
export async function exchange<Request, Answer>(
  call: ClientDuplexStream<Request, Answer>,
  requests: readonly Request[],
  { window, timeoutMs, signal, take }: ExchangeOptions<Answer>,
): Promise<void> {
  let sent = 0;
  let answered = 0;
  const over = new AbortController();
  const send = async () => {
    for (const request of requests) {
      await window.enter(over.signal);
      sent += 1;
      if (!call.write(request)) await once(call, "drain", { signal: over.signal });
    }
    call.end();
  };

  const end = (reason: unknown) => {
    over.abort(reason);
    call.cancel();
  };
  const watch = setTimeout(() => {
    // Nothing is with the server while others fill the window; but a call with all its answers has to end.
    if (sent === answered && sent < requests.length) watch.refresh();
    else end(new ModelUnavailableError(`No answer came within ${timeoutMs / 1000} s.`));
  }, timeoutMs);
  const cancel = () => end(signal.reason);
  if (signal.aborted) cancel();
  signal.addEventListener("abort", cancel, { once: true });
  // A cancelled call reports itself once more, after everybody has stopped listening.
  call.on("error", () => {});

  // What ends the sending early ends the answers too, and is reported by them.
  const sending = send().catch(() => {});
  try {
    const answers: AsyncIterable<Answer> = call;
    for await (const answer of answers) {
      if (answered === sent) throw new WrongCountError("The server gave more answers than it was asked for.");
      answered += 1;
      window.leave(1);
      watch.refresh();
      take(answer);
    }
    if (answered < requests.length) {
      throw new WrongCountError(`The server gave ${answered} answers to ${requests.length} requests.`);
    }
  } catch (error) {
    over.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(watch);
    signal.removeEventListener("abort", cancel);
    end(undefined);
    await sending;
    window.leave(sent - answered);
  }
}
