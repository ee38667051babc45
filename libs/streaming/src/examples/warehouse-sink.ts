// #region sink
import { BatchItemsError, FatalError, RetriableError } from "@freshet/streaming/errors";
import type { Message } from "@freshet/streaming/message";
import type { BatchContext, Sink } from "@freshet/streaming/sink";
import type { Topology } from "@freshet/streaming/topology";
import { type Total, totals } from "./orders.js";

const REQUEST_TIMEOUT_MS = 3_000;

export class WarehouseSink implements Sink<string, Total | null> {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async write(batch: readonly Message<string, Total | null>[], { gate, signal }: BatchContext): Promise<void> {
    gate.check(REQUEST_TIMEOUT_MS);
    const response = await fetch(this.#url, {
      method: "POST",
      body: JSON.stringify(batch.map(({ key, value }) => ({ key, value }))),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
    }).catch((cause: unknown) => {
      throw new RetriableError("The warehouse doesn't answer.", { cause });
    });
    if (response.status >= 500) throw new RetriableError(`The warehouse has trouble (${response.status}).`);
    if (response.status === 422) throw new BatchItemsError(refused(await response.text()));
    if (!response.ok) throw new FatalError(`The warehouse refuses what we send (${response.status}): look at its log.`);
  }
}

export function fillWarehouse(app: Topology, sink: Sink<string, Total | null>): void {
  app.dataframe(totals).sink(sink, { maxItems: 500, maxBytes: 1024 * 1024, maxWaitMs: 20 });
}
// #endregion

/** The warehouse answers with the places of what it refuses, one a line. */
function refused(body: string): Map<number, Error> {
  return new Map(body.split("\n").map((place) => [Number(place), new Error("The warehouse refuses this total.")]));
}
