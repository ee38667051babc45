import { isDeepStrictEqual } from "node:util";
import { encodeDefinition, parseDefinition, type IndexDefinition } from "@freshet/generations/definition";
import { configuredChanges } from "@freshet/generations/configured-changes";
import type { DefinitionChange } from "@freshet/generations/definition-changes";
import type { Generation, GenerationsState } from "@freshet/schemas/index-generations";

export interface RecordAtStart {
  /** What is to be recorded instead; null when it can stay as it is. */
  readonly record: GenerationsState | null;
  /** By which the configuration asks for another generation than the one that serves, or than is being built. */
  readonly changes: readonly DefinitionChange[];
}

interface Start {
  readonly index: string;
  /** What is recorded. */
  readonly state: GenerationsState | undefined;
  readonly configured: IndexDefinition;
  /** In ms since the Unix epoch. */
  readonly now: number;
}

/**
 * What a start makes of an index's record: an index that has none is as it is configured, and changes that no document
 * and no collection is different by are taken over. Any other is for `freshet reindex`.
 *
 * @throws {z.ZodError} when a recorded definition isn't what this version knows.
 */
export function recordAtStart({ index, state, configured, now }: Start): RecordAtStart {
  if (state === undefined) {
    const definition = encodeDefinition(configured);
    const first = { number: 1, documents: 1, definition, createdAt: now, dropping: false };
    const numbers = { serving: 1, generations: [first], last: 1, reindex: null };
    return { record: { kind: "generations", index, ...numbers, updatedAt: now }, changes: [] };
  }
  const changes = configuredChanges(state, configured);
  if (changes.length > 0 || state.reindex !== null) return { record: null, changes };
  const definition = encodeDefinition(configured);
  // As this version reads it: a default that is new isn't written, as services of the version before couldn't read it.
  const isSame = ({ number, definition: recorded }: Generation) =>
    number !== state.serving || isDeepStrictEqual(encodeDefinition(parseDefinition(recorded)), definition);
  if (state.generations.every(isSame)) return { record: null, changes };
  const generations = state.generations.map((one) => (isSame(one) ? one : { ...one, definition }));
  return { record: { ...state, generations, updatedAt: now }, changes };
}
