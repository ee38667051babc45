import { configuredChanges } from "@freshet/generations/configured-changes";
import { definitionOf, encodeDefinition, type IndexDefinition } from "@freshet/generations/definition";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { FatalError } from "@freshet/streaming/errors";
import type { VerifyContext } from "../verify/comparison.js";
import { agree } from "./agree.js";
import type { Drive } from "./drive.js";
import { requireColumns } from "./estimate/require-columns.js";
import type { IndexWatch } from "./index-watch.js";
import { planReindex, type Beginning, type Plan } from "./plan.js";
import { begin, beginKept } from "./record-changes.js";
import { renderContinued, renderDone, renderPlan } from "./render-plan.js";
import { requireState } from "./require-state.js";
import { unlessAway } from "./unless-away.js";
import { answeredByUnrecorded } from "./unrecorded.js";
import { wantedDefinition, type DefinitionOptions } from "./wanted-definition.js";

export interface BeginOptions extends DefinitionOptions {
  /** Also when nothing differs. */
  readonly force: boolean;
  /** Without asking. */
  readonly yes: boolean;
}

interface Means {
  readonly watch: IndexWatch;
  readonly drive: Drive;
}

/** Begins a generation as the configuration and the options say, or goes on with what is under way, to its end. */
export async function beginReindex(context: VerifyContext, { watch, drive }: Means, options: BeginOptions) {
  const { configuration, terminal } = context;
  const { index } = watch;
  const wanted = wantedDefinition(configuration, index, options);
  const target = await settleTarget(context, watch, { ...options, wanted });
  if (target === null) {
    await requireRecorded(watch);
    terminal.result(`${index} is what freshet.yaml says: there is nothing to do (--force makes it anew all the same).`);
    // What an earlier one was to drop.
    await drive.run();
    return;
  }
  const state = await drive.run();
  if (state.serving !== target) {
    throw new FatalError(
      `Generation ${target} of ${index} doesn't answer: somebody has taken the reindexing back meanwhile, see freshet status.`,
    );
  }
  terminal.result(renderDone(state, configuredChanges(state, definitionOf(configuration, index))));
}

/** @throws {FatalError} when searches are answered by what isn't recorded, as far as stores can be looked at. */
async function requireRecorded(watch: IndexWatch): Promise<void> {
  const stored = await unlessAway(watch.stored());
  const answered = stored && answeredByUnrecorded(requireState(watch), stored);
  if (answered !== null) throw new FatalError(answered);
}

/** @returns the number of the generation that is to answer; null when the one that does is what is wanted. */
async function settleTarget(
  context: VerifyContext,
  watch: IndexWatch,
  options: BeginOptions & { readonly wanted: IndexDefinition },
): Promise<number | null> {
  const { wanted, yes } = options;
  let isAgreed = yes;
  // Anew when somebody else has changed the record meanwhile: perhaps by the same command.
  for (let force = options.force; ; force = false) {
    const state = requireState(watch);
    const plan = planReindex(state, wanted, { force });
    if (plan.kind === "nothing") return null;
    if (plan.kind === "continue") return continued(context, state, { ...options, changes: plan.changes });
    if (plan.kind === "new" && plan.documents === null) await requireColumns(context, watch, wanted.index);
    const generation = plan.kind === "kept" ? plan.generation : await watch.nextNumber(state);
    const beginning = { ...plan, generation };
    context.terminal.report(renderPlan(state, beginning, wanted.index));
    if (!isAgreed) await agree(context.terminal, "Begin?");
    isAgreed = true;
    if (await watch.change(state, started(state, beginning, wanted))) return generation;
  }
}

function started(state: GenerationsState, beginning: Beginning, wanted: IndexDefinition) {
  const now = Date.now();
  if (beginning.kind === "kept") return beginKept(state, beginning.generation, now);
  const { generation: number, documents } = beginning;
  return begin(state, { number, definition: encodeDefinition(wanted), documents }, now);
}

function continued(
  { terminal }: VerifyContext,
  state: GenerationsState,
  { changes, model, template }: BeginOptions & Pick<Plan & { kind: "continue" }, "changes">,
): number | null {
  const { reindex, index } = state;
  if (changes.length > 0 && (model !== undefined || template !== undefined)) {
    throw new FatalError(
      `A reindexing of ${index} to something else is under way: finish it by freshet reindex ${index}, or take it back by --rollback.`,
    );
  }
  terminal.report(renderContinued(state, changes, Date.now()));
  return reindex?.generation ?? null;
}
