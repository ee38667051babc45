import { setTimeout as delay } from "node:timers/promises";
import { addTableRows, ROW_RESULTS, type TableRows } from "@freshet/schemas/row-counts";
import type { Logger } from "@freshet/streaming/logger";

const EVERY_MS = 60_000;

interface Place {
  readonly index: string;
  readonly generation: number;
  readonly store: string;
}

/** Says in the log what became of rows: a line for each store of each generation in which something happened in a minute. */
export class RowSummary {
  readonly #logger: Logger;
  readonly #since = new Map<string, Place & { readonly tables: TableRows }>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(place: Place, tables: TableRows): void {
    const key = JSON.stringify([place.store, place.index, place.generation]);
    this.#since.set(key, { ...place, tables: addTableRows(this.#since.get(key)?.tables ?? {}, tables) });
  }

  /** Until the signal is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
      this.#say();
    }
  }

  #say(): void {
    for (const { tables, ...place } of this.#since.values()) {
      this.#logger.info({ ...place, tables: withoutZeros(tables) }, "Rows since the last such line.");
    }
    this.#since.clear();
  }
}

function withoutZeros(tables: TableRows): Record<string, Record<string, number>> {
  return Object.fromEntries(
    Object.entries(tables).map(([table, counts]) => [
      table,
      Object.fromEntries(ROW_RESULTS.flatMap((result) => (counts[result] > 0 ? [[result, counts[result]]] : []))),
    ]),
  );
}
