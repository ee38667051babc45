import type { ExportRequest, ExportResponseInput } from "@freshet/batch-client/batch-protocol";
import { ChunkPace, firstChunkRows } from "@freshet/batch-client/chunk-rows";
import { indexNamed, type BatchIndexes } from "./batch-index.js";
import { orAborted, type CallStream } from "./call-stream.js";
import { canonicalKey } from "./canonical-key.js";
import { readChunk } from "./exported-chunk.js";
import type { StreamRecord } from "./stream-record.js";
import type { TopicViews } from "./topic-views.js";

export interface ExportOptions {
  readonly indexes: BatchIndexes;
  readonly views: TopicViews;
}

/** gRPC clients take 4 MiB by default; the rest is for what `sizeOf` leaves out. */
const MAX_CHUNK_BYTES = 3 * 1024 * 1024;

/** Answers `Export`; see batch.proto. */
export async function exportDocuments(
  request: ExportRequest,
  { send, signal }: Pick<CallStream<never, ExportResponseInput>, "send" | "signal">,
  record: StreamRecord,
  { indexes, views }: ExportOptions,
): Promise<void> {
  const index = indexNamed(indexes, request.index);
  let after = request.afterKey === "" ? "" : canonicalKey(request.afterKey);
  record.started(index.name, { afterKey: after });
  const view = await orAborted(signal, views.of(index));
  const log = await orAborted(signal, view.caughtUp(signal));
  await send({ offsets: log.map(({ partition, end }) => ({ partition, offset: String(end) })) });
  const pace = new ChunkPace(firstChunkRows({ dimensions: index.embedder.model.identity.dimensions }));
  for (;;) {
    const startedAt = performance.now();
    const limits = { rows: pace.rows, bytes: MAX_CHUNK_BYTES };
    const chunk = await readChunk(view.rows, after, limits).catch((error: unknown) => {
      // Another call may have found it failed, and closed it.
      view.throwIfFailed();
      throw error;
    });
    if (chunk === null) return;
    await send(chunk.response);
    const { rows, bytes, lastKey } = chunk;
    const ms = performance.now() - startedAt;
    record.chunk({ rows: { sent: rows }, bytes, ms });
    pace.measured({ rows, ms });
    after = lastKey;
  }
}
