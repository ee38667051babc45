import { InputRefusedError } from "@freshet/vector-stores/errors";
import type { RowMessage } from "./plan/batch-part.js";
import type { RowChange } from "./plan/newest-change.js";

/** When none of more rows is taken, it's not the rows; some bad ones may well come alone. */
const FEW = 10;

interface Refusal {
  /** What was refused together, and how it is written. */
  readonly changes: readonly RowChange[];
  readonly write: (changes: readonly RowChange[]) => Promise<unknown>;
  readonly error: InputRefusedError;
}

/** By the row's key. */
type Reasons = ReadonlyMap<string, Error>;

/**
 * Writes what the store takes of a refused batch: the rows that it doesn't take, by key, each with its own reason. None,
 * when it takes them all in smaller parts.
 *
 * @throws {InputRefusedError} when it takes none of many: then it's not the rows.
 */
export async function refusedRows({ changes, write, error }: Refusal): Promise<Reasons> {
  const refusedIds = new Set(error.ids);
  const named = new Set(changes.filter(({ ids }) => ids.some((id) => refusedIds.has(id))));
  if (named.size === 0) {
    const refused = await refusedAmong(changes, { write, error });
    if (refused.size === changes.length && changes.length > FEW) throw error;
    return refused;
  }
  const refused = new Map<string, Error>();
  for (const change of named) {
    const reason = await refusalOf([change], write);
    if (reason) refused.set(change.key, reason);
  }
  const others = changes.filter((change) => !named.has(change));
  const again = others.length === 0 ? undefined : await refusalOf(others, write);
  return again ? new Map([...refused, ...(await refusedRows({ changes: others, write, error: again }))]) : refused;
}

/** Halves them until each row that isn't taken is alone: of a thousand rows with a bad one, that takes twenty writes. */
async function refusedAmong(
  changes: readonly RowChange[],
  { write, error }: Omit<Refusal, "changes">,
): Promise<Reasons> {
  const [first, ...others] = changes;
  if (!first || others.length === 0) return new Map(first ? [[first.key, error]] : []);
  const middle = Math.ceil(changes.length / 2);
  const refused = new Map<string, Error>();
  for (const half of [changes.slice(0, middle), changes.slice(middle)]) {
    const reason = await refusalOf(half, write);
    if (!reason) continue;
    for (const [key, own] of await refusedAmong(half, { write, error: reason })) refused.set(key, own);
  }
  return refused;
}

/** Undefined when the store takes them all. @throws what isn't a refusal. */
async function refusalOf(
  changes: readonly RowChange[],
  write: Refusal["write"],
): Promise<InputRefusedError | undefined> {
  try {
    await write(changes);
    return undefined;
  } catch (error) {
    if (error instanceof InputRefusedError) return error;
    throw error;
  }
}

/** Why, by the place in the batch of each message of a refused row. */
export function byMessage(messages: readonly RowMessage[], refused: Reasons): ReadonlyMap<number, Error> {
  return new Map(
    messages.flatMap(({ place, key }) => {
      const reason = refused.get(key);
      return reason ? [[place, reason] as const] : [];
    }),
  );
}
