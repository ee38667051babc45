import { parentPort, type MessagePort } from "node:worker_threads";

import type { FromWorker, ToWorker } from "./messages.js";
import { toError } from "../to-error.js";

/** What a worker thread does; the other side is WorkerCalls. */
export interface WorkerService<Ready, Request, Answer> {
  readonly ready: Ready;
  answer(request: Request, signal: AbortSignal): Answer | Promise<Answer>;
  /** What of an answer needn't be copied. */
  transferred?(answer: Answer): ArrayBuffer[];
  close?(): Promise<void>;
}

/** Is the whole of a worker's entry. @param open throws one sentence when it can't work. */
export async function runWorker<Ready, Request, Answer>(
  open: () => Promise<WorkerService<Ready, Request, Answer>>,
): Promise<void> {
  if (parentPort === null) throw new Error("this file is the entry of a worker thread");
  const port = parentPort;
  const say = (message: FromWorker<Ready, Answer>) => port.postMessage(message);
  try {
    const service = await open();
    const requests = new Requests(service, port);
    port.on("message", (message: ToWorker<Request>) => requests.add(message));
    say({ type: "ready", ready: service.ready });
  } catch (error) {
    say({ type: "unusable", message: toError(error).message });
  }
}

/** Answers one request after the other: each takes all the processor that it may have. */
class Requests<Ready, Request, Answer> {
  readonly #service: WorkerService<Ready, Request, Answer>;
  readonly #port: MessagePort;
  /** Those that wait or are worked at. */
  readonly #open = new Map<number, AbortController>();
  #last = Promise.resolve();

  constructor(service: WorkerService<Ready, Request, Answer>, port: MessagePort) {
    this.#service = service;
    this.#port = port;
  }

  add(message: ToWorker<Request>): void {
    switch (message.type) {
      case "request": {
        const controller = new AbortController();
        this.#open.set(message.id, controller);
        this.#last = this.#last.then(() => this.#answer(message.id, message.request, controller.signal));
        return;
      }
      case "forget":
        this.#open.get(message.id)?.abort();
        return;
      case "close":
        this.#last = this.#last.then(() => this.#close());
        return;
      default:
        message satisfies never;
    }
  }

  async #answer(id: number, request: Request, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted();
      const answer = await this.#service.answer(request, signal);
      this.#say({ type: "answer", id, answer }, this.#service.transferred?.(answer));
    } catch (error) {
      if (!signal.aborted) this.#say({ type: "failed", id, message: toError(error).message });
    } finally {
      this.#open.delete(id);
    }
  }

  #say(message: FromWorker<Ready, Answer>, transferred: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transferred);
  }

  async #close(): Promise<void> {
    await this.#service.close?.();
    this.#port.close();
  }
}
