import { openModel } from "@freshet/embeddings/open-model";
import { parseDefinition, type IndexDefinition } from "@freshet/generations/definition";
import { formatRows } from "@freshet/process/index-configuration";
import type { GenerationsState } from "@freshet/schemas/index-generations";
import { inputTopic } from "@freshet/schemas/topics";
import type { VerifyContext } from "../../verify/comparison.js";
import type { IndexWatch } from "../index-watch.js";
import { planReindex, type Plan } from "../plan.js";
import { renderContinued, renderPlan } from "../render-plan.js";
import { requireState } from "../require-state.js";
import { unlessAway } from "../unless-away.js";
import { wantedDefinition, type DefinitionOptions } from "../wanted-definition.js";
import { estimate } from "./estimate.js";
import { measure } from "./measure.js";
import { renderEstimate } from "./render-estimate.js";
import { requireColumns } from "./require-columns.js";
import { sampleChanges } from "./sample-changes.js";
import { ServingRows } from "./serving-rows.js";

/** Tells what a reindexing would do, and about what it would take. Changes nothing. */
export async function dryRun(
  context: VerifyContext,
  watch: IndexWatch,
  options: DefinitionOptions & { readonly force: boolean },
): Promise<void> {
  const { configuration, terminal } = context;
  const { index } = watch;
  const state = requireState(watch);
  const wanted = wantedDefinition(configuration, index, options);
  const plan = planReindex(state, wanted, options);
  terminal.result(await renderPlanned(watch, state, { plan, wanted }));
  if (plan.kind !== "new" || plan.documents !== null) return;
  await requireColumns(context, watch, wanted.index);
  const serving = state.generations.find(({ number }) => number === state.serving);
  const from = serving === undefined ? wanted : parseDefinition(serving.definition);
  terminal.result(await estimated(context, watch, { from, to: wanted }));
}

async function renderPlanned(
  watch: IndexWatch,
  state: GenerationsState,
  { plan, wanted }: { readonly plan: Plan; readonly wanted: IndexDefinition },
): Promise<string> {
  switch (plan.kind) {
    case "nothing":
      return `${state.index} is what freshet.yaml says: there is nothing to do.`;
    case "continue":
      return renderContinued(state, plan.changes, Date.now());
    case "kept":
      return renderPlan(state, plan, wanted.index);
    case "new":
      return renderPlan(state, { ...plan, generation: await unlessAway(watch.nextNumber(state)) }, wanted.index);
    default:
      return plan satisfies never;
  }
}

async function estimated(
  { configuration, connection, environment, signal }: VerifyContext,
  watch: IndexWatch,
  { from, to }: { readonly from: IndexDefinition; readonly to: IndexDefinition },
): Promise<string> {
  const { index, admin } = watch;
  const topic = inputTopic(to.index, configuration.source.tables);
  const isPlain = to.index.topic !== undefined && (to.index.format ?? "json") === "json";
  const sample = await sampleChanges({ connection, admin, topic, isPlain, signal });
  const generation = watch.generation(requireState(watch).serving);
  const serving = generation && (await ServingRows.open(generation, configuration, environment));
  const model = await openModel(to.model, { ...environment, signal });
  try {
    const storedHashes = (ids: readonly string[]) => serving?.hashes(ids) ?? Promise.resolve(new Map<string, string>());
    const measured = await measure({ index, rows: sample.rows, from, to, model, storedHashes });
    const totals = { records: sample.records, looked: sample.looked, rowsNow: (await serving?.count()) ?? null };
    const rows = formatRows(to.index);
    return renderEstimate(estimate(measured, totals, to.model.price), { measured, totals, rows, topic });
  } finally {
    await Promise.all([model.close(), serving?.close()]);
  }
}
