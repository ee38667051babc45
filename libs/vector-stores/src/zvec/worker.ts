import { parentPort, workerData } from "node:worker_threads";
import { isZVecError, ZVecInitialize, ZVecLogLevel } from "@zvec/zvec";
import { ZvecEngine } from "./engine.js";
import { toStoreError } from "./failure.js";
import { OPENED, toErrorRecord, type WorkerAnswer, type WorkerRequest } from "./worker-protocol.js";

if (!parentPort) throw new Error("worker.js runs in a worker thread only");
const port = parentPort;

// zvec's own log goes to stdout, and each error of it is thrown too.
ZVecInitialize({ logLevel: ZVecLogLevel.FATAL });

function answer(id: number, work: () => unknown): void {
  try {
    port.postMessage({ id, result: work() } satisfies WorkerAnswer);
  } catch (error) {
    const translated = isZVecError(error) ? toStoreError(error.code, error.message) : error;
    port.postMessage({ id, error: toErrorRecord(translated) } satisfies WorkerAnswer);
  }
}

answer(OPENED, () => {
  const engine = new ZvecEngine(workerData as string);
  port.on("message", ({ id, method, args }: WorkerRequest) => {
    const call = Reflect.get(engine, method) as (...args: unknown[]) => unknown;
    answer(id, () => call.apply(engine, [...args]));
    if (method === "close") port.close();
  });
});
