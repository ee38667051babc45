import { FatalError } from "@freshet/streaming/errors";
import type { VerifyContext } from "../verify/comparison.js";
import { agree } from "./agree.js";
import type { Drive } from "./drive.js";
import type { IndexWatch } from "./index-watch.js";
import { leftOver } from "./left-over.js";
import { dropOthers } from "./record-changes.js";
import { requireState } from "./require-state.js";

/** Removes every generation but the one that answers, with its collections, groups and topics. */
export async function dropOld(
  { terminal }: VerifyContext,
  { watch, drive }: { readonly watch: IndexWatch; readonly drive: Drive },
  { yes }: { readonly yes: boolean },
): Promise<void> {
  const { index } = watch;
  let isAgreed = yes;
  for (;;) {
    const state = requireState(watch);
    if (state.reindex !== null) {
      throw new FatalError(
        `A reindexing of ${index} is under way: finish it by freshet reindex ${index}, or take it back by --rollback.`,
      );
    }
    const others = state.generations.filter(({ number }) => number !== state.serving);
    if (others.every(({ dropping }) => dropping)) break;
    const numbers = others.map(({ number }) => number);
    const { topics } = leftOver(state, numbers, watch.storeNames);
    const named = topics.length === 0 ? "" : `, and the topics ${topics.join(", ")}`;
    terminal.report(
      `What goes: of ${index} generation ${numbers.join(", ")}, the collections in ${watch.storeNames.join(", ")}${named}. ` +
        `There is no way back then.`,
    );
    if (!isAgreed) await agree(terminal, "Remove?");
    isAgreed = true;
    if (await watch.change(state, dropOthers(state, Date.now()))) break;
  }
  const { serving } = await drive.run();
  terminal.result(`${index} has generation ${serving} alone.`);
}
