import { setImmediate } from "node:timers/promises";
import type { MessagePort } from "node:worker_threads";
import { toError } from "../to-error.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { Turns } from "./turns.js";
import type { Steps, WorkerService } from "./worker-service.js";

interface Task<Answer> {
  readonly id: number;
  readonly steps: Steps<Answer>;
}

/** Does one step at a time, since each takes all the processor that it may have. */
export class Requests<Ready, Request, Answer> {
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
        const task = { id, steps: this.#service.answer(request) };
        this.#open.set(id, task);
        this.#turns.add(task, { canWait });
        if (!this.#isWorking) this.#working = this.#work();
        return;
      }
      case "hurry": {
        const task = this.#open.get(message.id);
        if (task !== undefined) this.#turns.hurry(task);
        return;
      }
      case "forget": {
        const task = this.#open.get(message.id);
        if (task !== undefined) this.#end(task);
        return;
      }
      case "close":
        this.#working = this.#working.then(() => this.#close());
        return;
      default:
        message satisfies never;
    }
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (;;) {
      // A step may leave no gap in which messages are delivered, and whose step is next depends on them.
      await setImmediate();
      const task = this.#turns.next();
      if (task === undefined) break;
      if (!(await this.#step(task))) this.#end(task);
    }
    this.#isWorking = false;
  }

  /** @returns whether there are more of it. */
  async #step({ id, steps }: Task<Answer>): Promise<boolean> {
    try {
      const { done, value } = await steps.next();
      if (done !== true) return true;
      this.#say({ type: "answer", id, answer: value }, this.#service.transferred?.(value));
    } catch (error) {
      this.#say({ type: "failed", id, message: toError(error).message });
    }
    return false;
  }

  /** No more steps are done of it. */
  #end(task: Task<Answer>): void {
    this.#turns.remove(task);
    this.#open.delete(task.id);
  }

  #say(message: FromWorker<Ready, Answer>, transferred: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transferred);
  }

  async #close(): Promise<void> {
    await this.#service.close?.();
    this.#port.close();
  }
}
