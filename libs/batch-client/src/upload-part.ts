import type { Metadata } from "@grpc/grpc-js";
import type { BatchClient, Model, UploadResponse } from "./batch-protocol.js";
import { sizeOf, toWire, type UploadDocument } from "./batch-rows.js";
import type { ChunkPace } from "./chunk-rows.js";
import { cut } from "./cut.js";
import { cancelWith, written } from "./open-call.js";

export interface UploadPart {
  readonly index: string;
  readonly model: Model;
  readonly rows: readonly UploadDocument[];
  readonly pace: ChunkPace;
  readonly maxRequestBytes: number;
  readonly signal: AbortSignal | undefined;
}

/** One call, with no more on its way than the service takes. @throws {ServiceError} */
export async function uploadPart(client: BatchClient, metadata: Metadata, part: UploadPart): Promise<UploadResponse> {
  const { index, model, rows, pace, maxRequestBytes, signal } = part;
  const { promise: response, resolve, reject } = promiseOf<UploadResponse>();
  const call = client.upload(metadata, (error, answer) => {
    if (answer) resolve(answer);
    else reject(error ?? new Error("The service gave no answer."));
  });
  const release = cancelWith(call, signal);
  // A call that has ended takes nothing any more, and says so only by its answer.
  const send = (message: Parameters<typeof call.write>[0]) => Promise.race([written(call, message), response]);
  try {
    await send({ start: { index, model } });
    for await (const piece of cut(rows, sizeOf, () => ({ items: pace.rows, bytes: maxRequestBytes }))) {
      const startedAt = performance.now();
      await send({ rows: { rows: piece.map(toWire) } });
      pace.measured({ rows: piece.length, ms: performance.now() - startedAt });
    }
    call.end();
    return await response;
  } finally {
    release();
  }
}

function promiseOf<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((...settle) => ([resolve, reject] = settle));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
