import type { JsonObject } from "@freshet/schemas/lossless-json";
import { formatPosition } from "@freshet/schemas/position";
import type { SnapshotState } from "@freshet/schemas/service-state";
import { FIRST_FETCH_ROWS, nextFetchRows } from "../snapshot/fetch-size.js";
import { keyValueText } from "../snapshot/refusal.js";
import type { ChangeSender } from "./change-sender.js";
import type { PolledTable, PollReader } from "./poll-reader.js";

export interface KeyReading {
  readonly reader: PollReader;
  readonly sender: ChangeSender;
  readonly table: PolledTable;
  readonly keys: readonly JsonObject[];
  readonly report: (state: SnapshotState) => void;
}

/**
 * Sends the rows with these keys as they are now, and deletes of those that aren't.
 *
 * @returns how many keys it looked at.
 * @throws {RefusedError} when a key lacks a column.
 */
export async function readKeys({ reader, sender, table, keys, report }: KeyReading): Promise<number> {
  const begun = { position: formatPosition(await sender.position()), lastKey: null, estimatedRows: keys.length };
  const startedAt = Date.now();
  const wanted = keys.map((key) => keyTexts(table, key));
  let limit = FIRST_FETCH_ROWS;
  for (let from = 0; from < wanted.length;) {
    const batch = wanted.slice(from, from + limit);
    const found = await reader.find(table, batch);
    const committedAt = Date.now();
    from += batch.length;
    const rows = from;
    await sender.send(
      table.captured,
      found.map((row) => ({ ...row, committedAt })),
      { snapshot: true, onDelivered: () => report({ ...begun, rows, startedAt, finishedAt: null }) },
    );
    limit = nextFetchRows(found.map(({ key, row }) => row ?? key));
  }
  await sender.flush();
  report({ ...begun, rows: wanted.length, startedAt, finishedAt: Date.now() });
  return wanted.length;
}

function keyTexts({ captured }: PolledTable, key: JsonObject): string[] {
  return captured.key.map((place) => keyValueText(key, captured.columns[place]?.name ?? ""));
}
