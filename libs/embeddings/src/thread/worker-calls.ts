import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./messages.js";

export interface WorkerEntry {
  /** Compiled: a worker runs nothing else. */
  readonly url: URL;
  readonly options: object;
  /** Begins the sentences of errors, as "The model bge-small". */
  readonly subject: string;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Until it is aborted others go first; see Turns. */
  readonly canWaitUntil?: AbortSignal | undefined;
}

interface Pending<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Asks a worker thread, which does one step of one request at a time. */
export class WorkerCalls<Ready, Request, Answer> {
  readonly ready: Ready;
  readonly #worker: Worker;
  readonly #subject: string;
  readonly #pending = new Map<number, Pending<Answer>>();
  readonly #ended: Promise<void>;
  /** Why nothing more can be asked. */
  #failure: Error | undefined;
  #lastId = 0;

  /** @throws {Error} one sentence, when the worker says that it is of no use, or ends. */
  static async open<Ready, Request, Answer>({ url, options, subject }: WorkerEntry) {
    const worker = new Worker(url, { workerData: options });
    const [first] = (await Promise.race([once(worker, "message"), once(worker, "exit")])) as [
      FromWorker<Ready, Answer> | number,
    ];
    if (typeof first === "number") throw new Error(`${subject} can't be used: its thread ended with code ${first}.`);
    if (first.type === "ready") return new WorkerCalls<Ready, Request, Answer>(worker, first.ready, subject);
    await worker.terminate();
    throw new Error(first.type === "unusable" ? first.message : `The thread of ${subject} began with ${first.type}.`);
  }

  private constructor(worker: Worker, ready: Ready, subject: string) {
    this.ready = ready;
    this.#worker = worker;
    this.#subject = subject;
    worker.on("message", (message: FromWorker<Ready, Answer>) => this.#settle(message));
    worker.on("error", (error) => this.#fail(error.message));
    this.#ended = new Promise((resolve) => {
      worker.on("exit", (code) => {
        this.#fail(`its thread ended with code ${code}`);
        resolve();
      });
    });
  }

  /** @throws {Error} what the worker says. @throws the signal's reason; the worker may leave out the work then. */
  async ask(request: Request, { signal, canWaitUntil }: AskOptions = {}): Promise<Answer> {
    if (this.#failure) throw this.#failure;
    signal?.throwIfAborted();
    const id = ++this.#lastId;
    const answered = new Promise<Answer>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#send({ type: "request", id, request, canWait: canWaitUntil?.aborted === false });
    const hurry = () => this.#send({ type: "hurry", id });
    const forget = () => {
      this.#pending.get(id)?.reject(signal?.reason);
      this.#pending.delete(id);
      this.#send({ type: "forget", id });
    };
    signal?.addEventListener("abort", forget);
    canWaitUntil?.addEventListener("abort", hurry);
    return answered.finally(() => {
      signal?.removeEventListener("abort", forget);
      canWaitUntil?.removeEventListener("abort", hurry);
    });
  }

  /** Answers what was asked before, then ends the thread. */
  async close(): Promise<void> {
    if (!this.#failure) {
      this.#failure = new Error(`${this.#subject} is closed.`);
      this.#send({ type: "close" });
    }
    await this.#ended;
  }

  #send(message: ToWorker<Request>): void {
    this.#worker.postMessage(message);
  }

  #settle(message: FromWorker<Ready, Answer>): void {
    if (!("id" in message)) return;
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === "answer") pending?.resolve(message.answer);
    else pending?.reject(new Error(`${this.#subject} failed: ${message.message}`));
  }

  #fail(reason: string): void {
    this.#failure ??= new Error(`${this.#subject} stopped working: ${reason}.`);
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }
}
