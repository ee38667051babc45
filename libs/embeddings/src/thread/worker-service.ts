import { parentPort, type MessagePort } from "node:worker_threads";

import type { FromWorker, ToWorker } from "./messages.js";
import { toError } from "../to-error.js";
import { Turns } from "./turns.js";

/** An answer in the making; between two steps it may be another one's turn. */
export type Steps<Answer> = Pick<AsyncGenerator<void, Answer, void>, "next">;

/** In one step. */
export function atOnce<Answer>(answer: () => Answer): Steps<Answer> {
  // Not before its turn, and what it throws is the request's failure.
  return { next: async () => Promise.resolve({ done: true, value: answer() }) };
}

/** What a worker thread does; the other side is WorkerCalls. */
export interface WorkerService<Ready, Request, Answer> {
  readonly ready: Ready;
  answer(request: Request, signal: AbortSignal): Steps<Answer>;
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

interface Task<Answer> {
  readonly id: number;
  readonly steps: Steps<Answer>;
  readonly abort: AbortController;
}

/** Works at one request at a time, since each takes all the processor that it may have. */
class Requests<Ready, Request, Answer> {
  readonly #service: WorkerService<Ready, Request, Answer>;
  readonly #port: MessagePort;
  readonly #open = new Map<number, Task<Answer>>();
  readonly #turns = new Turns<Task<Answer>>();
  #working = Promise.resolve();
  #isWorking = false;

  constructor(service: WorkerService<Ready, Request, Answer>, port: MessagePort) {
    this.#service = service;
    this.#port = port;
  }

  add(message: ToWorker<Request>): void {
    switch (message.type) {
      case "request": {
        const { id, request, canWait } = message;
        const abort = new AbortController();
        const task = { id, abort, steps: this.#service.answer(request, abort.signal) };
        this.#open.set(id, task);
        this.#turns.add(task, { canWait });
        if (!this.#isWorking) this.#working = this.#work();
        return;
      }
      case "forget":
        this.#open.get(message.id)?.abort.abort();
        return;
      case "close":
        this.#working = this.#working.then(() => this.#close());
        return;
      default:
        message satisfies never;
    }
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let task = this.#turns.next(); task !== undefined; task = this.#turns.next()) {
      if (await this.#step(task)) continue;
      this.#turns.remove(task);
      this.#open.delete(task.id);
    }
    this.#isWorking = false;
  }

  /** @returns whether there are more of it. */
  async #step({ id, steps, abort: { signal } }: Task<Answer>): Promise<boolean> {
    try {
      signal.throwIfAborted();
      const { done, value } = await steps.next();
      if (done !== true) return true;
      this.#say({ type: "answer", id, answer: value }, this.#service.transferred?.(value));
    } catch (error) {
      if (!signal.aborted) this.#say({ type: "failed", id, message: toError(error).message });
    }
    return false;
  }

  #say(message: FromWorker<Ready, Answer>, transferred: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transferred);
  }

  async #close(): Promise<void> {
    await this.#service.close?.();
    this.#port.close();
  }
}
