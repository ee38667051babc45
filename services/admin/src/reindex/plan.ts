import { definitionChanges, type DefinitionChange } from "@freshet/generations/definition-changes";
import { parseDefinition, type IndexDefinition } from "@freshet/generations/definition";
import type { GenerationsState } from "@freshet/schemas/index-generations";

export type Plan =
  /** What serves is what is wanted. */
  | { readonly kind: "nothing" }
  /** One is under way; `changes` are what is wanted beyond it. */
  | { readonly kind: "continue"; readonly changes: readonly DefinitionChange[] }
  /** A generation that was kept is what is wanted. */
  | { readonly kind: "kept"; readonly generation: number; readonly changes: readonly DefinitionChange[] }
  | {
      readonly kind: "new";
      readonly changes: readonly DefinitionChange[];
      /** Of the generation whose documents do; null when they are made anew. */
      readonly documents: number | null;
    };

/** What is to be begun, and under which number; null while that isn't known. */
export type Beginning<Number extends number | null = number> = Plan & { readonly kind: "kept" | "new" } & {
  readonly generation: Number;
};

/** @throws {z.ZodError} when a recorded definition isn't what this version knows. */
export function planReindex(
  state: GenerationsState,
  wanted: IndexDefinition,
  { force }: { readonly force: boolean },
): Plan {
  const { reindex, serving } = state;
  const generations = state.generations.filter(({ dropping }) => !dropping);
  const changesFrom = (number: number | undefined) => {
    const from = generations.find((one) => one.number === number);
    const all = from === undefined ? [] : definitionChanges(parseDefinition(from.definition), wanted);
    return all.filter(({ remake }) => remake !== "nothing");
  };
  if (reindex !== null) return { kind: "continue", changes: changesFrom(reindex.generation) };
  const changes = changesFrom(serving);
  const added = { kind: "new", changes } as const;
  if (force) return { ...added, documents: null };
  if (changes.length === 0) return { kind: "nothing" };
  const kept = generations.toReversed().find(({ number }) => changesFrom(number).length === 0);
  if (kept !== undefined) return { kind: "kept", generation: kept.number, changes };
  const sameDocuments = generations.find(({ number }) => number === serving)?.documents ?? null;
  const needsDocuments = changes.some(({ remake }) => remake === "documents");
  return { ...added, documents: needsDocuments ? null : sameDocuments };
}
