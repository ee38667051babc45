import type { Acknowledgements } from "../acknowledgements.js";
import type { ChangeReader } from "../events/change-reader.js";
import type { RecordOutlet } from "../events/record-outlet.js";
import type { ReplayedHistory } from "../slot/replayed-history.js";
import type { ReplicationStream } from "../postgres/replication-stream.js";
import type { ChunkWindows } from "../snapshot/chunk-windows.js";

export interface Streaming {
  readonly stream: ReplicationStream;
  readonly reader: ChangeReader;
  readonly history: ReplayedHistory;
  readonly acknowledgements: Acknowledgements;
  readonly windows: ChunkWindows;
  readonly outlet: RecordOutlet;
}

/** Brings the stream's changes to the outlet until the signal is aborted. @throws why the stream ended. */
export async function streamChanges(streaming: Streaming, signal: AbortSignal): Promise<void> {
  const { stream, reader, history, acknowledgements, windows, outlet } = streaming;
  const stop = () => stream.stop();
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (!signal.aborted) {
      for (const item of await stream.next()) {
        if (item.kind === "keepalive") {
          history.reached(item.walEnd);
          acknowledgements.reachedWalEnd(item.walEnd);
          windows.passed(item.walEnd);
          continue;
        }
        const waiting = reader.handle(item.message, item.lsn);
        if (waiting) await waiting;
        if (outlet.isFull) await orStop(outlet.ready(), signal);
        if (windows.isFull) await orStop(windows.room(), signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Kafka may be away for long: a stop doesn't wait for it. */
async function orStop(room: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: (() => void) | undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener("abort", stop, { once: true });
  });
  await Promise.race([room, stopped]);
  if (stop) signal.removeEventListener("abort", stop);
  signal.throwIfAborted();
}
