import { parentPort } from "node:worker_threads";
import { toError } from "../to-error.js";
import type { FromWorker, ToWorker } from "./messages.js";
import { Requests } from "./requests.js";
import type { WorkerService } from "./worker-service.js";

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
