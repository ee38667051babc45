import type { DefinitionChange } from "@freshet/generations/definition-changes";
import type { IndexConfiguration } from "@freshet/process/configuration";
import { formatRows } from "@freshet/process/index-configuration";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { ago } from "../rendering/measures.js";
import type { Beginning } from "./plan.js";

/** What differs, and what follows from it. */
export function renderPlan(
  { index, serving }: GenerationsState,
  plan: Beginning<number | null>,
  settings: IndexConfiguration,
): string {
  const differing = plan.changes.length === 0 ? "though nothing differs" : `for another ${settingsOf(plan.changes)}`;
  const made = plan.generation === null ? "a new generation" : `generation ${plan.generation}`;
  const from = `${index}: ${made} instead of ${serving}, ${differing}.`;
  const stores = settings.stores.join(", ");
  if (plan.kind === "kept") {
    return `${from}\n  It is there already and up to date; searches are switched to it in ${stores}.`;
  }
  const documents =
    plan.documents === null
      ? `Every row of ${formatRows(settings)} becomes documents anew; a text whose vector is known isn't embedded again.`
      : "The documents stay, and nothing is embedded.";
  return `${from}\n  ${documents}\n  New collections are filled in ${stores}, while searches go on with those that are there.`;
}

export function renderContinued(
  { index, reindex }: GenerationsState,
  changes: readonly DefinitionChange[],
  now: number,
): string {
  if (reindex === null) return "";
  const going = `Going on with the reindexing of ${index} to generation ${reindex.generation}, begun ${ago(reindex.startedAt, now)} (${reindex.step}).`;
  if (changes.length === 0) return going;
  return (
    `${going}\n  freshet.yaml has been changed since (${settingsOf(changes)}): it becomes what it was begun as; ` +
    `afterwards freshet reindex ${index} brings the rest, or --rollback takes it back now.`
  );
}

/** @param unsaid what freshet.yaml says, and the index isn't now. */
export function renderDone(state: GenerationsState, unsaid: readonly DefinitionChange[]): string {
  const { index, serving, before, generations } = state;
  const kept = generations.some(({ number, dropping }) => number === before && !dropping);
  const back = kept
    ? ` Generation ${before} is kept up to date: freshet reindex ${index} --rollback goes back to it, --drop-old removes it.`
    : "";
  return `${index} is answered by generation ${serving}.${back}${renderUnsaid(unsaid)}`;
}

/** @param unsaid as of `renderDone`. */
export function renderUndone(state: GenerationsState, unsaid: readonly DefinitionChange[]): string {
  const { index, serving, generations } = state;
  const others = generations.filter(({ number }) => number !== serving).map(({ number }) => number);
  const kept = others.length === 0 ? "" : ` ${renderNumbers(others)} kept; --drop-old removes what doesn't answer.`;
  return `${index} is answered by generation ${serving}.${kept}${renderUnsaid(unsaid)}`;
}

function renderUnsaid(unsaid: readonly DefinitionChange[]): string {
  if (unsaid.length === 0) return "";
  const settings = settingsOf(unsaid);
  return `\nfreshet.yaml says another ${settings}, which the next freshet reindex would bring: change it there to keep the index as it is.`;
}

function renderNumbers(numbers: readonly number[]): string {
  const [first, ...others] = numbers;
  return others.length === 0 ? `Generation ${first} is` : `Generations ${numbers.join(", ")} are`;
}

function settingsOf(changes: readonly DefinitionChange[]): string {
  return changes.map(({ setting }) => setting).join(", ");
}
