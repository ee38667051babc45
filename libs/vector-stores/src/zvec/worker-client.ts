import { Worker } from "node:worker_threads";
import type { ZvecEngine } from "./engine.js";
import {
  fromErrorRecord,
  OPENED,
  type EngineMethod,
  type OpenDirectory,
  type WorkerAnswer,
} from "./worker-protocol.js";

/** The built file also where a test runner executes the sources: a thread needs JavaScript. */
const WORKER = new URL("../../dist/zvec/worker.js", import.meta.url);

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Calls an engine that lives in a worker thread: one call after the other, in the order they were made. */
export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #lastId = OPENED;
  #ended: Error | undefined;

  private constructor(directory: OpenDirectory) {
    this.#worker = new Worker(WORKER, { workerData: directory, execArgv: [] });
    this.#worker.on("message", (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      this.#end(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? outOfMemory(error) : error);
    });
    this.#worker.on("exit", () => this.#end(new Error("The zvec store is closed.")));
  }

  /** @throws what opening the directory threw. */
  static async open(directory: OpenDirectory): Promise<WorkerClient> {
    const client = new WorkerClient(directory);
    await new Promise<unknown>((resolve, reject) => client.#pending.set(OPENED, { resolve, reject }));
    return client;
  }

  call<M extends EngineMethod>(
    method: M,
    args: Parameters<ZvecEngine[M]>,
    transfer: ArrayBuffer[] = [],
  ): Promise<Awaited<ReturnType<ZvecEngine[M]>>> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    const answered = new Promise<unknown>((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    this.#worker.postMessage({ id, method, args }, transfer);
    return answered as Promise<Awaited<ReturnType<ZvecEngine[M]>>>;
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ("error" in answer) pending?.reject(fromErrorRecord(answer.error));
    else pending?.resolve(answer.result);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
  }
}

/** The thread is gone for good; the next start goes on from what was stored. */
function outOfMemory(cause: Error): Error {
  return new Error(
    "The zvec store's thread ran out of memory: give the vector-sink more, or set smaller batches, and start it anew.",
    { cause },
  );
}
