import { configuredChanges } from "@freshet/generations/configured-changes";
import { definitionOf } from "@freshet/generations/definition";
import { FatalError } from "@freshet/streaming/errors";
import type { VerifyContext } from "../verify/comparison.js";
import type { Drive } from "./drive.js";
import type { IndexWatch } from "./index-watch.js";
import { renderUndone } from "./render-plan.js";
import { rollBack } from "./record-changes.js";
import { requireState } from "./require-state.js";

/** Takes back a reindexing that is under way, or the last one. */
export async function undo(
  { configuration, terminal }: VerifyContext,
  { watch, drive }: { readonly watch: IndexWatch; readonly drive: Drive },
): Promise<void> {
  const { index } = watch;
  for (;;) {
    const state = requireState(watch);
    const rollback = rollBack(state, Date.now());
    if (rollback.kind === "continue") break;
    if (rollback.kind === "refuse") {
      throw new FatalError(
        `No older generation of ${index} is kept, so there is nothing to go back to: change freshet.yaml, and freshet reindex ${index}.`,
      );
    }
    if (await watch.change(state, rollback.state)) break;
  }
  const state = await drive.run();
  terminal.result(renderUndone(state, configuredChanges(state, definitionOf(configuration, index))));
}
