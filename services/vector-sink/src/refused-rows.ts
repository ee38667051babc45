import { InputRefusedError } from "@freshet/vector-stores/errors";
import { pointId } from "@freshet/vector-stores/point-id";
import type { RowMessage } from "./plan/batch-part.js";
import type { RowChange } from "./plan/newest-change.js";

interface Refusal {
  readonly index: string;
  /** What was refused together, and how it is written. */
  readonly changes: readonly RowChange[];
  readonly write: (changes: readonly RowChange[]) => Promise<unknown>;
  readonly error: InputRefusedError;
}

/** Writes what the store takes of a refused batch: the rows that it doesn't take, by key, each with its own reason. */
export async function refusedRows({ index, changes, write, error }: Refusal): Promise<ReadonlyMap<string, Error>> {
  const ids = new Set(error.ids);
  const named = new Set(changes.filter((change) => pointIds(index, change).some((id) => ids.has(id))));
  if (named.size === 0) {
    const refused = await refusedAlone(changes, write);
    // When no row is taken, it's not the rows.
    return refused.size === changes.length && changes.length > 1 ? new Map() : refused;
  }
  const refused = await refusedAlone([...named], write);
  const others = changes.filter((change) => !named.has(change));
  if (others.length === 0) return refused;
  try {
    await write(others);
    return refused;
  } catch (again) {
    if (!(again instanceof InputRefusedError)) throw again;
    return new Map([...refused, ...(await refusedRows({ index, changes: others, write, error: again }))]);
  }
}

function pointIds(index: string, { key, value }: RowChange): string[] {
  return value.op === "upsert" ? value.chunks.map((_, chunk) => pointId(index, key, chunk)) : [];
}

async function refusedAlone(
  changes: readonly RowChange[],
  write: Refusal["write"],
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
