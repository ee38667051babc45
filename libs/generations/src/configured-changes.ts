import type { GenerationsState } from "@freshet/schemas/index-generations";
import { parseDefinition, type IndexDefinition } from "./definition.js";
import { definitionChanges, type DefinitionChange } from "./definition-changes.js";

/**
 * By which the configuration asks for another generation than the one that serves, or than is being built.
 *
 * @throws {z.ZodError} when a recorded definition isn't what this version knows.
 */
export function configuredChanges(
  { generations, serving, reindex }: GenerationsState,
  configured: IndexDefinition,
): readonly DefinitionChange[] {
  const changesFrom = (number: number | undefined) =>
    generations
      .filter((one) => one.number === number)
      .flatMap(({ definition }) => definitionChanges(parseDefinition(definition), configured))
      .filter(({ remake }) => remake !== "nothing");
  const isBuilt = reindex !== null && changesFrom(reindex.generation).length === 0;
  return isBuilt ? [] : changesFrom(serving);
}
