import { InputRefusedError } from "@freshet/vector-stores/errors";
import type { RowMessage } from "./plan/batch-part.js";
import type { RowChange } from "./plan/newest-change.js";

/** Writes the rows one by one, since the store named no culprit: those that it refuses alone, by key, with its reason. */
export async function refusedRows(
  changes: readonly RowChange[],
  write: (changes: readonly RowChange[]) => Promise<unknown>,
): Promise<ReadonlyMap<string, Error>> {
  const refused = new Map<string, Error>();
  for (const change of changes) {
    try {
      await write([change]);
    } catch (error) {
      if (!(error instanceof InputRefusedError)) throw error;
      refused.set(change.key, error);
    }
  }
  return refused;
}

/** Why, by the place in the batch of each message of a refused row. */
export function byMessage(
  messages: readonly RowMessage[],
  refused: ReadonlyMap<string, Error>,
): ReadonlyMap<number, Error> {
  return new Map(
    messages.flatMap(({ place, key }) => {
      const reason = refused.get(key);
      return reason ? [[place, reason] as const] : [];
    }),
  );
}
