import { parentPort, workerData } from "node:worker_threads";
import { isZVecError, ZVecInitialize, ZVecLogLevel } from "@zvec/zvec";
import { CopyGate } from "./copy-gate.js";
import { ZvecEngine } from "./engine.js";
import { toStoreError, withItsCause } from "./failure.js";
import { readOnly, requireReadable } from "./read-only.js";
import {
  isRead,
  OPENED,
  toErrorRecord,
  type OpenDirectory,
  type WorkerAnswer,
  type WorkerRequest,
} from "./worker-protocol.js";

if (!parentPort) throw new Error("worker.js runs in a worker thread only");
const port = parentPort;
const opened = workerData as OpenDirectory;
const { directory } = opened;
const gate = new CopyGate();

// zvec's own log goes to stdout, and each error of it is thrown too.
ZVecInitialize({ logLevel: ZVecLogLevel.FATAL });

/** Work that isn't awaited is done when this returns, so calls keep their order. */
async function answer(id: number, work: () => unknown): Promise<void> {
  try {
    const result = work();
    port.postMessage({ id, result: result instanceof Promise ? await result : result } satisfies WorkerAnswer);
  } catch (error) {
    const translated = isZVecError(error) ? toStoreError(error.code, error.message) : error;
    port.postMessage({ id, error: toErrorRecord(withItsCause(translated, directory)) } satisfies WorkerAnswer);
  }
}

function perform(engine: ZvecEngine, { method, args }: WorkerRequest): unknown {
  const call = Reflect.get(engine, method) as (...args: unknown[]) => unknown;
  const work = () => call.apply(engine, [...args]);
  if (isRead(method)) return work();
  if (opened.readOnly && method !== "close") throw readOnly(directory);
  return method === "copyTo" ? gate.copy(work) : gate.change(work);
}

void answer(OPENED, () => {
  if (opened.readOnly) requireReadable(directory);
  const engine = new ZvecEngine(directory, opened);
  port.on("message", (request: WorkerRequest) => {
    const answered = answer(request.id, () => perform(engine, request));
    if (request.method === "close") void answered.then(() => port.close());
  });
});
