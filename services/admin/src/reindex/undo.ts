import { configuredChanges } from "@freshet/generations/configured-changes";
import { definitionOf } from "@freshet/generations/definition";
import { FatalError } from "@freshet/streaming/errors";
import type { Terminal } from "../terminal.js";
import type { VerifyContext } from "../verify/comparison.js";
import type { Drive } from "./drive.js";
import type { IndexWatch } from "./index-watch.js";
import { renderUndone } from "./render-plan.js";
import { rollBack } from "./record-changes.js";
import { requireState } from "./require-state.js";

type Context = Pick<VerifyContext, "configuration"> & { readonly terminal: Pick<Terminal, "result"> };

interface Means {
  readonly watch: Pick<IndexWatch, "index" | "state" | "change">;
  readonly drive: Pick<Drive, "run">;
}

/** Takes back a reindexing that is under way, or the last one. */
export async function undo({ configuration, terminal }: Context, { watch, drive }: Means): Promise<void> {
  const { index } = watch;
  const { serving } = requireState(watch);
  for (;;) {
    const state = requireState(watch);
    // Somebody else has taken it back meanwhile, and it isn't meant to go back twice; after a switch it still is to.
    if (state.serving !== serving && state.before !== serving) break;
    const rollback = rollBack(state, Date.now());
    if (rollback.kind === "continue") break;
    if (rollback.kind === "refuse") {
      throw new FatalError(
        `No other generation of ${index} is kept, so there is nothing to go back to: change freshet.yaml, and freshet reindex ${index}.`,
      );
    }
    if (await watch.change(state, rollback.state)) break;
  }
  const state = await drive.run();
  terminal.result(renderUndone(state, configuredChanges(state, definitionOf(configuration, index))));
}
